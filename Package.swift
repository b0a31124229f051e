// swift-tools-version: 6.2
import PackageDescription

// One target a layer; a target imports only what stands here (`./hub check` enforces it).
// The table of layers, with the duty of each, is in README.md.

func bindings(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Bindings/\(name)", pkgConfig: pkgConfig,
        providers: apt.map { [.apt([$0])] })
}

// The system calls of a loop that Tests/HostileWorld may answer itself.
let scriptedCalls = [
    "recv", "send", "sendmsg", "writev", "accept4", "close", "shutdown", "setsockopt", "epoll_ctl", "epoll_wait",
    "clock_gettime", "syscall",
]

let package = Package(
    name: "alert-hub",
    products: [.executable(name: "alert-hub", targets: ["AlertHub"])],
    targets: [
        bindings("CLinux"),
        bindings("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        bindings("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        bindings("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        bindings("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),

        .target(name: "Platform", dependencies: ["CLinux"]),
        .target(name: "Wire", dependencies: ["CZlib"]),
        .target(name: "Clinic"),
        .target(name: "Cryptography", dependencies: ["COpenSSL"]),
        .target(name: "Escalation", dependencies: ["Clinic"]),
        .target(name: "HubProtocol", dependencies: ["Wire", "Clinic"]),
        .target(name: "Transport", dependencies: ["Platform", "Wire", "Cryptography", "COpenSSL"]),
        .target(name: "Database", dependencies: ["Platform", "CPostgres"]),
        .target(
            name: "Store",
            dependencies: ["Database", "Clinic", "Escalation", "HubProtocol", "Wire", "Cryptography"]),
        .target(name: "Outbound", dependencies: ["Platform", "CCurl"]),
        .target(name: "Gateways", dependencies: ["Outbound", "Clinic", "Wire", "Cryptography", "Platform"]),
        .target(name: "Intake", dependencies: ["Platform", "Clinic", "Store", "Cryptography", "Outbound"]),
        .target(name: "Billing", dependencies: ["Outbound", "Clinic", "Wire"]),
        .target(
            name: "Hub",
            dependencies: [
                "HubProtocol", "Store", "Gateways", "Intake", "Billing", "Escalation", "Platform", "Clinic", "Wire",
                "Database", "Outbound",
            ]),
        .target(
            name: "API",
            dependencies: [
                "Hub", "Transport", "Store", "HubProtocol", "Gateways", "Intake", "Clinic", "Wire", "Platform",
                "Cryptography", "Database", "Escalation", "Outbound",
            ],
            resources: [.embedInCode("Dashboard")]),
        .target(name: "Settings"),
        .executableTarget(
            name: "AlertHub",
            dependencies: [
                "Settings", "API", "Hub", "Transport", "Store", "Database", "Outbound", "Gateways", "Intake", "Billing",
                "Escalation", "HubProtocol", "Cryptography", "Clinic", "Wire", "Platform",
            ]),

        .target(
            name: "TestSupport",
            dependencies: ["Platform", "Wire", "Clinic", "Database", "Cryptography"], path: "Tests/TestSupport"),
        .target(name: "FuzzTargets", dependencies: ["Wire", "HubProtocol", "Clinic"], path: "Tests/Fuzz/Targets"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Tests"),
        .target(name: "BareLoop", path: "Tests/Benchmarks/BareLoop"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "BareLoop", "API", "Hub", "Transport", "Store", "Database", "Gateways", "HubProtocol", "Cryptography",
                "Clinic", "Wire", "Platform", "TestSupport", "COpenSSL",
            ],
            path: "Tests/Benchmarks", exclude: ["BareLoop", "Baselines"]),
        .target(name: "SimulatedWorld", dependencies: ["Escalation", "Clinic"], path: "Tests/Simulation/Model"),
        .executableTarget(name: "Simulate", dependencies: ["SimulatedWorld"], path: "Tests/Simulation/Runner"),
        .testTarget(
            name: "Simulation",
            dependencies: [
                "SimulatedWorld", "Escalation", "Clinic", "Store", "Database", "Platform", "Cryptography",
                "TestSupport",
            ],
            path: "Tests/Simulation/Tests"),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestSupport"]),
        .testTarget(name: "WireTests", dependencies: ["Wire"]),
        .testTarget(name: "ClinicTests", dependencies: ["Clinic"]),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "TestSupport"]),
        .testTarget(name: "EscalationTests", dependencies: ["Escalation", "Clinic"]),
        .testTarget(name: "HubProtocolTests", dependencies: ["HubProtocol", "Wire", "Clinic"]),
        .testTarget(
            name: "TransportTests", dependencies: ["Transport", "Platform", "Wire", "TestSupport", "COpenSSL"]),
        .testTarget(name: "DatabaseTests", dependencies: ["Database", "Platform", "TestSupport"]),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "Database", "Clinic", "Escalation", "HubProtocol", "Platform", "Wire", "Cryptography",
                "TestSupport",
            ]),
        .testTarget(name: "OutboundTests", dependencies: ["Outbound", "Platform", "TestSupport"]),
        .testTarget(
            name: "IntakeTests",
            dependencies: [
                "Intake", "Outbound", "Store", "Clinic", "Platform", "Cryptography", "Wire", "TestSupport",
            ]),
        .testTarget(name: "BillingTests", dependencies: ["Billing", "Outbound", "Clinic", "Wire"]),
        .testTarget(
            name: "GatewaysTests",
            dependencies: [
                "Gateways", "Outbound", "Transport", "Platform", "Clinic", "Wire", "Cryptography", "TestSupport",
            ]),
        .testTarget(
            name: "HubTests",
            dependencies: [
                "Hub", "HubProtocol", "Platform", "Clinic", "Wire", "Escalation", "Gateways", "Store", "TestSupport",
            ]),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Hub", "Transport", "Store", "Database", "Gateways", "HubProtocol", "Clinic", "Wire", "Platform",
                "Cryptography", "TestSupport", "Outbound",
            ]),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "API", "HubProtocol", "Escalation", "Gateways", "Transport", "Clinic", "Wire", "TestSupport",
            ]),
        .testTarget(name: "SettingsTests", dependencies: ["Settings"]),
        .target(
            name: "ScriptedKernel", path: "Tests/HostileWorld/ScriptedKernel",
            linkerSettings: [.unsafeFlags(scriptedCalls.flatMap { ["-Xlinker", "--wrap=\($0)"] })]),
        .testTarget(
            name: "HostileWorld",
            dependencies: [
                "ScriptedKernel", "API", "Hub", "Transport", "Store", "Database", "Gateways", "HubProtocol", "Clinic",
                "Wire", "Platform", "Cryptography", "CLinux", "COpenSSL",
            ],
            exclude: ["ScriptedKernel", "Certificate"]),
        .testTarget(
            name: "Browser",
            dependencies: ["TestSupport", "Platform", "Wire", "Clinic", "Store", "Database", "Cryptography"],
            exclude: ["board.png"]),
        .testTarget(
            name: "Scenarios",
            dependencies: [
                "TestSupport", "Platform", "Wire", "Clinic", "HubProtocol", "Cryptography", "Database", "Store",
            ]),
    ]
)

#if arch(x86_64)
    let architecture = "x86_64"
#else
    let architecture = "aarch64"
#endif

// `./hub fuzz` sets HUB_FUZZ to the folder of the toolchain's libFuzzer; then the fuzzer is built, and what it reaches
// is instrumented.
let fuzzerRuntime = Context.environment["HUB_FUZZ"]
if let fuzzerRuntime {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets", "CFuzzer"], path: "Tests/Fuzz/Runner",
            linkerSettings: [
                .unsafeFlags([
                    "-sanitize=address", "-use-ld=lld", "-Xclang-linker", "-fsanitize=fuzzer-no-link",
                    "-L\(fuzzerRuntime)", "-lclang_rt.fuzzer_no_main-\(architecture)", "-lstdc++",
                ])
            ]),
    ]
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if target.type != .test { target.swiftSettings?.append(.strictMemorySafety()) }
}

// A thousand simulated hours are a test: what runs them is optimised in debug builds too.
for target in package.targets where ["SimulatedWorld"].contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
}

if fuzzerRuntime != nil {
    for target in package.targets where ["Wire", "Clinic", "HubProtocol", "FuzzTargets", "Fuzz"].contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer,address"]))
    }
}

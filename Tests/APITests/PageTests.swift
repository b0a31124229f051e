import Clinic
import Cryptography
import Hub
import Platform
import Testing
import Transport
import Wire

@testable import API

@Suite struct MetricsPageTests {
    private func lines(_ samples: [MetricsSample]) -> [String] {
        String(decoding: MetricsPage.render(samples), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private var sample: MetricsSample {
        var hub = HubCounters()
        hub.alertsRaised = 3
        hub.timerLateness.observe(.milliseconds(7))
        hub.timerLateness.observe(.seconds(100))
        return MetricsSample(transport: TransportCounters(), hub: hub, subscriptions: 2, isDatabaseAvailable: true)
    }

    @Test("each metric has one HELP and one TYPE, before its values") func heads() {
        var helped: [String] = []
        var typed: [String] = []
        for line in lines([sample, sample]) {
            let words = line.split(separator: " ").map(String.init)
            if line.hasPrefix("# HELP ") {
                helped.append(words[2])
            } else if line.hasPrefix("# TYPE ") {
                typed.append(words[2])
            } else {
                let name = words[0].prefix { $0 != "{" }
                #expect(typed.last.map(name.hasPrefix) == true, "\(line)")
                #expect(words.count == 2 && Double(words[1]) != nil, "\(line)")
            }
        }
        #expect(helped == typed)
        #expect(Set(helped).count == helped.count)
    }

    @Test("loops add up") func sums() {
        let lines = lines([sample, sample])
        #expect(lines.contains("alert_hub_alerts_raised_total 6"))
        #expect(lines.contains("alert_hub_subscriptions 4"))
        #expect(lines.contains("alert_hub_database_up 2"))
        #expect(lines.contains("alert_hub_loops 2"))
    }

    @Test("a histogram's buckets are cumulative and end with all") func histogram() {
        let buckets = lines([sample]).filter { $0.hasPrefix("alert_hub_timer_lateness_seconds_bucket") }
        let counts = buckets.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(counts == counts.sorted())
        #expect(buckets.last == "alert_hub_timer_lateness_seconds_bucket{le=\"+Inf\"} 2")
        #expect(buckets.contains("alert_hub_timer_lateness_seconds_bucket{le=\"0.01\"} 1"))
    }

    @Test("labels are outcomes and codes, never a clinic or a person") func labels() {
        let names = lines([sample]).flatMap { line in
            line.split(separator: "{").dropFirst().compactMap { $0.split(separator: "=").first.map(String.init) }
        }
        #expect(Set(names).isSubset(of: ["le", "outcome", "start", "status", "code", "reason"]))
    }
}

@Suite struct DashboardFilesTests {
    private let files = DashboardFiles()

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(files.response(path: path)).body, as: UTF8.self)
    }

    @Test("every file has the headers that keep it honest") func headers() throws {
        for path in files.paths {
            let fields = try #require(files.response(path: path)).fields
            let policy = try #require(fields["Content-Security-Policy"])
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
            #expect(!policy.contains("unsafe") && !policy.contains("*"))
            #expect(fields["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test("every file that is referred to exists") func references() throws {
        var found = 0
        for path in files.paths {
            for match in try text(path).matches(of: /(?:src|href|from|import)[ =(]*"(?<target>[^"#][^"]*)"/) {
                let target = String(match.output.target)
                if target.hasPrefix("data:") { continue }
                let file = target.hasPrefix("./") ? "/assets/\(target.dropFirst(2))" : target
                #expect(files.response(path: file) != nil, "\(path) refers to \(target)")
                found += 1
            }
        }
        #expect(found >= 5)
    }

    @Test("no script and no style stands in the page") func inline() throws {
        let page = try text("/")
        #expect(page.matches(of: /<script(?![^>]*src=)[^>]*>/).isEmpty)
        #expect(!page.contains("<style"))
        #expect(page.matches(of: /\s(style|on[a-z]+)\s*=/).isEmpty)
        #expect(!page.contains("javascript:"))
    }

    @Test("what comes from the hub is never made into markup") func markup() throws {
        for path in files.paths where path.hasSuffix(".js") {
            let script = try text(path)
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!script.contains(word), "\(path) has \(word)")
            }
        }
    }

    @Test("a path that is no file is none", arguments: ["/assets/", "/assets/../index.html", "/index.html", ""])
    func missing(path: String) { #expect(files.response(path: path) == nil) }
}

@Suite struct DemoRoutesTests {
    private func status(host: String, address: String) async throws -> HTTPStatus {
        let tokens = TokenAuthority(
            key: try HS256Key(Array(repeating: 7, count: 32)), issuer: "i", audience: "a", leewaySeconds: 0)
        let principal = Principal(
            clinic: ClinicID(high: 0, low: 1), user: UserID(high: 0, low: 2), role: .doctor,
            expiresAt: WallTime(microseconds: 0))
        let routes = DemoRoutes(
            users: [DemoUser(principal: principal, name: "N", clinicName: "C")], tokens: tokens
        ).routes
        let context = try TestRequest.context(.get, "/demo/users", host: host, address: address)
        do {
            guard case .whole(let serve) = try #require(routes.first).service else { return .notFound }
            return try await serve(context).status
        } catch {
            return try #require(error as? Problem).status
        }
    }

    @Test("tokens are given at this machine alone, by its own names") func host() async throws {
        #expect(try await status(host: "127.0.0.1:8080", address: "127.0.0.1") == .ok)
        #expect(try await status(host: "localhost", address: "127.0.0.1") == .ok)
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "10.0.0.1"] {
            #expect(try await status(host: host, address: "127.0.0.1") == .notFound)
        }
        #expect(try await status(host: "127.0.0.1", address: "10.0.0.7") == .notFound)
    }

    @Test("without demo users there is no such path") func none() throws {
        let tokens = TokenAuthority(
            key: try HS256Key(Array(repeating: 7, count: 32)), issuer: "i", audience: "a", leewaySeconds: 0)
        #expect(DemoRoutes(users: [], tokens: tokens).routes.isEmpty)
    }
}

import Glibc
import Platform
import TestSupport
import Wire

/// A WebSocket server that is no hub, started for one measure with a configuration in a temporary directory: it sends
/// each text that is posted to it to all its WebSockets. Blocks; gone when this object is.
final class OtherServer {
    /// Which there are.
    enum Kind: String, CaseIterable {
        case nchan = "nginx with nchan"
        case nodeWS = "node with ws"

        /// What Debian calls it.
        var packages: String {
            switch self {
            case .nchan: "nginx, libnginx-mod-nchan"
            case .nodeWS: "nodejs, node-ws"
            }
        }

        fileprivate var program: String {
            switch self {
            case .nchan: "/usr/sbin/nginx"
            case .nodeWS: "/usr/bin/node"
            }
        }

        fileprivate var library: String {
            switch self {
            case .nchan: "/usr/lib/nginx/modules/ngx_nchan_module.so"
            case .nodeWS: "/usr/share/nodejs/ws"
            }
        }

        var isInstalled: Bool { unsafe access(program, F_OK) == 0 && access(library, F_OK) == 0 }
    }

    let port: UInt16
    /// Where a screen connects to.
    let target = "/subscribe"
    private let process: ProcessHandle
    private let directory: String
    private let publisher: ClientSocket
    private var parser = HTTPResponseParser()

    init(_ kind: Kind) throws {
        directory = "/var/tmp/alert-hub-bench-\(getpid())-other"
        guard unsafe mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw SystemError("mkdir") }
        let probe = try Socket.listen(on: .loopback(port: 0))
        guard let port = Socket.localAddress(of: probe.number)?.port else { throw SystemError("getsockname") }
        _ = consume probe
        self.port = port
        let file = "\(directory)/configuration"
        try HubProgram.write(kind == .nchan ? Self.nginx(port, directory) : Self.script(port), to: file)
        let process = try ProcessHandle.start(
            kind.program, kind == .nchan ? ["-p", directory, "-c", file] : [file],
            environment: ["PATH=/usr/bin:/bin", "NODE_PATH=/usr/share/nodejs"])
        self.process = process
        var socket: ClientSocket?
        let listens = poll(within: .seconds(10)) {
            socket = try? ClientSocket(port: port, within: .seconds(1))
            return socket != nil || process.waitForEnd(within: .zero)
        }
        guard listens, let socket else {
            process.send(SIGKILL)
            throw HubBinary.Failure(log: "\(kind.rawValue) did not start")
        }
        publisher = socket
    }

    deinit {
        process.send(SIGTERM)
        if !process.waitForEnd(within: .seconds(5)) {
            process.sendToGroup(SIGKILL)
            _ = process.waitForEnd(within: .seconds(5))
        }
        let removal = try? ProcessHandle.start("/bin/rm", ["-rf", "--", directory])
        _ = removal?.waitForEnd(within: .seconds(10))
    }

    /// Has the text sent to all.
    func publish(_ text: [UInt8]) throws {
        try publisher.send(
            HTTPRequestEncoder.encode(
                .post, "/publish", host: "127.0.0.1", fields: ["Content-Type": "text/plain"], body: text))
        let deadline = MonotonicTime.now().advanced(by: .seconds(10))
        while true {
            let bytes = try publisher.receive(until: deadline)
            guard !bytes.isEmpty else { throw ClientFailure.closed }
            if case .response(let response) = try parser.parse(bytes).event {
                guard response.status.rawValue < 300 else { throw ClientFailure.malformed("\(response.status)") }
                return
            }
        }
    }

    /// Of the server and those that it started.
    var processorTime: ProcessorTime {
        .ofFamily(process.number)
    }

    /// One worker, as one loop of the hub serves these screens.
    private static func nginx(_ port: UInt16, _ directory: String) -> String {
        """
        load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
        daemon off;
        user root;
        worker_processes 1;
        worker_rlimit_nofile 16384;
        pid \(directory)/pid;
        error_log \(directory)/log crit;
        events { worker_connections 8192; }
        http {
            access_log off;
            keepalive_requests 1000000;
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            server {
                listen 127.0.0.1:\(port);
                location = /subscribe {
                    nchan_subscriber websocket;
                    nchan_channel_id screens;
                    nchan_subscriber_first_message newest;
                }
                location = /publish {
                    nchan_publisher http;
                    nchan_channel_id screens;
                    nchan_message_buffer_length 2;
                }
            }
        }

        """
    }

    private static func script(_ port: UInt16) -> String {
        """
        const http = require("http");
        const { WebSocketServer } = require("ws");
        const server = http.createServer((request, response) => {
            const parts = [];
            request.on("data", (part) => parts.push(part));
            request.on("end", () => {
                const text = Buffer.concat(parts);
                for (const screen of sockets.clients) screen.send(text, { binary: false });
                response.end();
            });
        });
        const sockets = new WebSocketServer({ server, path: "/subscribe", perMessageDeflate: false });
        process.on("SIGTERM", () => process.exit(0));
        server.listen(\(port), "127.0.0.1");

        """
    }
}

package import Hub
import HubProtocol
package import Transport
import Wire

/// What one loop contributes to the metrics.
package struct MetricsSample: Sendable {
    package var transport: TransportCounters
    package var hub: HubCounters
    package var subscriptions: Int
    package var isDatabaseAvailable: Bool
    /// Rows that were audited in batches, and their commits.
    package var audited: (rows: UInt64, commits: UInt64)
    /// How the gateways do; of the loop that runs the dispatcher alone.
    package var gateways: [GatewayStatus] = []

    package init(
        transport: TransportCounters, hub: HubCounters, subscriptions: Int, isDatabaseAvailable: Bool,
        audited: (rows: UInt64, commits: UInt64) = (0, 0), gateways: [GatewayStatus] = []
    ) {
        self.audited = audited
        self.transport = transport
        self.hub = hub
        self.subscriptions = subscriptions
        self.isDatabaseAvailable = isDatabaseAvailable
        self.gateways = gateways
    }
}

/// The metrics of all loops in Prometheus' text format. Labels name codes and outcomes, never a clinic or a person.
struct MetricsPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    private var text = ""

    static func render(_ samples: [MetricsSample]) -> [UInt8] {
        var page = MetricsPage()
        page.transport(samples.map(\.transport))
        var hub = HubCounters()
        for sample in samples { hub.add(sample.hub) }
        page.hub(hub)
        page.gauge(
            "alert_hub_subscriptions", "Subscribed channels of live sockets", samples.map(\.subscriptions).reduce(0, +))
        page.gauge(
            "alert_hub_database_up", "Loops whose database pool is available",
            samples.filter(\.isDatabaseAvailable).count)
        page.counter(
            "alert_hub_audit_rows_total", "Audit rows of sessions and refusals",
            samples.reduce(0) { $0 &+ $1.audited.rows })
        page.counter(
            "alert_hub_audit_commits_total", "Transactions that wrote them",
            samples.reduce(0) { $0 &+ $1.audited.commits })
        page.gateways(samples.flatMap(\.gateways))
        page.gauge("alert_hub_loops", "Event loops", samples.count)
        return Array(page.text.utf8)
    }

    private mutating func transport(_ loops: [TransportCounters]) {
        func sum(_ count: (TransportCounters) -> UInt64) -> UInt64 { loops.reduce(0) { $0 &+ count($1) } }
        counter("alert_hub_connections_accepted_total", "Connections accepted", sum(\.accepted))
        counter("alert_hub_accept_failures_total", "Accepts that lacked descriptors or memory", sum(\.acceptFailures))
        gauge("alert_hub_connections", "Open connections", loops.map(\.openConnections).reduce(0, +))
        gauge("alert_hub_websockets", "Open WebSockets", loops.map(\.openWebSockets).reduce(0, +))
        counter("alert_hub_http_requests_total", "Requests", sum(\.requests))
        counter("alert_hub_received_bytes_total", "Bytes received", sum(\.bytesIn))
        counter("alert_hub_sent_bytes_total", "Bytes sent", sum(\.bytesOut))
        counter("alert_hub_frames_received_total", "WebSocket frames received", sum(\.framesIn))
        counter("alert_hub_frames_sent_total", "WebSocket frames written or queued", sum(\.framesOut))
        counter("alert_hub_frames_queued_total", "Frames that a socket would not take at once", sum(\.framesQueued))
        counter("alert_hub_connections_lost_total", "Connections that ended by a socket error", sum(\.lost))
        labelled(
            "alert_hub_http_responses_total", "Responses", "status",
            merge(loops.map(\.responses)) { Int($0.rawValue) })
        labelled(
            "alert_hub_websocket_closes_total", "WebSockets ended", "code",
            merge(loops.map(\.closes), by: Self.label))
        labelled(
            "alert_hub_refusals_total", "Connections refused or ended by the hub", "reason",
            merge(loops.map(\.refusals)) { $0.rawValue })
    }

    private mutating func hub(_ hub: HubCounters) {
        counter("alert_hub_alerts_raised_total", "Alerts committed", hub.alertsRaised)
        counter("alert_hub_alerts_acknowledged_total", "Alerts acknowledged", hub.alertsAcknowledged)
        counter("alert_hub_events_published_total", "Events handed to the loops", hub.eventsPublished)
        counter("alert_hub_timers_fired_total", "Escalation timers run", hub.timersFired)
        counter("alert_hub_timers_stale_total", "Escalation timers of a past generation", hub.timersStale)
        histogram("alert_hub_timer_lateness_seconds", "From due time to the committed step", hub.timerLateness)
        labelled(
            "alert_hub_attempts_total", "Messages submitted to gateways", "outcome",
            ["accepted": hub.attemptsAccepted, "rejected": hub.attemptsRejected, "unknown": hub.attemptsUnknown])
        labelled(
            "alert_hub_callbacks_total", "Gateway callbacks", "outcome",
            [
                "applied": hub.callbacksApplied, "refused": hub.callbacksRefused, "kept": hub.callbacksKept,
            ])
        counter("alert_hub_replies_received_total", "Texts that people sent", hub.repliesReceived)
        counter("alert_hub_dead_letters_total", "Messages given up", hub.deadLetters)
        labelled(
            "alert_hub_subscribes_total", "Subscriptions begun", "start",
            ["recovered": hub.subscribesRecovered, "snapshot": hub.subscribesBySnapshot])
        counter("alert_hub_receipts_stored_total", "Receipts of screens stored", hub.receiptsStored)
        labelled(
            "alert_hub_forms_total", "Intake forms read, and given up", "outcome",
            ["read": hub.formsRead, "failed": hub.formsFailed])
        counter("alert_hub_orders_read_total", "Orders read from Square", hub.ordersRead)
        counter("alert_hub_order_syncs_failed_total", "Attempts to read orders that failed", hub.orderSyncsFailed)
    }

    private mutating func gateways(_ gateways: [GatewayStatus]) {
        guard !gateways.isEmpty else { return }
        let attempts: [(String, (GatewayStatus) -> UInt64)] = [
            ("accepted", \.accepted), ("rejected", \.rejected), ("unknown", \.unknown), ("delivered", \.delivered),
            ("failed", \.failed),
        ]
        head("alert_hub_gateway_messages_total", "Messages by gateway and what became of them", "counter")
        for gateway in gateways {
            for (outcome, count) in attempts {
                text += "alert_hub_gateway_messages_total{gateway=\"\(gateway.name)\",outcome=\"\(outcome)\"} "
                text += "\(count(gateway))\n"
            }
        }
        head("alert_hub_gateway_share", "Part of its weight that a gateway gets now", "gauge")
        for gateway in gateways { text += "alert_hub_gateway_share{gateway=\"\(gateway.name)\"} \(gateway.share)\n" }
        head("alert_hub_gateway_up", "1 unless a gateway's breaker is open", "gauge")
        for gateway in gateways {
            text += "alert_hub_gateway_up{gateway=\"\(gateway.name)\"} \(gateway.state == .broken ? 0 : 1)\n"
        }
    }

    // MARK: The format

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help).\n# TYPE \(name) \(type)\n"
    }

    private mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        head(name, help, "counter")
        text += "\(name) \(value)\n"
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        head(name, help, "gauge")
        text += "\(name) \(value)\n"
    }

    private mutating func labelled<Key: Comparable & Sendable>(
        _ name: String, _ help: String, _ label: String, _ values: [Key: UInt64]
    ) {
        head(name, help, "counter")
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { text += "\(name){\(label)=\"\(key)\"} \(value)\n" }
    }

    private mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        head(name, help, "histogram")
        var cumulative: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            cumulative &+= count
            text += "\(name)_bucket{le=\"\(bound)\"} \(cumulative)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum \(histogram.sumSeconds)\n\(name)_count \(histogram.count)\n"
    }

    /// A peer may close with any of thousands of codes; only those that mean something here are a series of their own.
    private static func label(_ code: CloseCode) -> String {
        let isKnown = SessionEnd(rawValue: code.rawValue) != nil || code == .abnormal || code == .noStatus
        return isKnown ? String(code.rawValue) : "other"
    }

    /// The counts of all loops by label.
    private func merge<Key: Hashable, Label: Hashable>(
        _ maps: [[Key: UInt64]], by label: (Key) -> Label
    ) -> [Label: UInt64] {
        var merged: [Label: UInt64] = [:]
        for map in maps { for (key, count) in map { merged[label(key), default: 0] &+= count } }
        return merged
    }
}

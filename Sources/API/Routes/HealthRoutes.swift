import Wire

/// What the whole process says of itself, for health and metrics. Called on a loop.
package protocol ProcessStatus: AnyObject {
    /// Why no traffic should come here now, one sentence a reason; empty where all is well.
    func obstacles() async -> [String]
    /// The metrics of every loop.
    func samples() async -> [MetricsSample]
}

/// Liveness, readiness and metrics. Open to all: no clinic and no person is in them.
struct HealthRoutes {
    let process: any ProcessStatus

    var routes: [Route] {
        [
            // Fails slowly: answering at all is the proof.
            Route(.get, "/health/live", isOpen: true) { _ throws(Problem) in
                .json(.ok, Array(#"{"status":"live"}"#.utf8))
            },
            Route(.get, "/health/ready", isOpen: true) { [self] _ throws(Problem) in await ready() },
            Route(.get, "/metrics", isOpen: true) { [self] _ throws(Problem) in
                HTTPResponse(
                    .ok, contentType: MetricsPage.contentType, body: MetricsPage.render(await process.samples()))
            },
        ]
    }

    private func ready() async -> HTTPResponse {
        let obstacles = await process.obstacles()
        var json = JSONWriter()
        json.object { json in
            json.field("status", obstacles.isEmpty ? "ready" : "not ready")
            json.field("obstacles", array: { json in for obstacle in obstacles { json.string(obstacle) } })
        }
        var response = HTTPResponse.json(obstacles.isEmpty ? .ok : .serviceUnavailable, json.bytes)
        if !obstacles.isEmpty { response.fields.set("Retry-After", "1") }
        return response
    }
}

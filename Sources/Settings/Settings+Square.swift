extension Settings {
    /// How the clinics' orders are read at Square. Which clinic has which account is set by `alert-hub admin square`.
    package struct Square: Equatable, Sendable {
        /// Square's API.
        package var baseURL = "https://connect.squareup.com"
        /// The version of the API.
        package var version = "2025-01-23"
        /// From one sync of a clinic to the next.
        package var intervalSeconds = 300
        /// Clinics whose orders this hub reads at once; 0 reads none, and leaves them to other hubs.
        package var concurrentClinics = 4
        /// Of one page.
        package var pageOrders = 100
        /// For one page.
        package var callSeconds = 10
        /// How far back the first sync of a clinic reads.
        package var pastDays = 90

        package init() {}
    }
}

extension SettingTable {
    static let square: [SettingKey] = [
        .text(
            "square.baseURL", \.square.baseURL, .webURL,
            "Square's API, from which the clinics' orders are read and where nothing is written; the sandbox is "
                + "https://connect.squareupsandbox.com. A clinic's token and locations: alert-hub admin square."),
        .text("square.version", \.square.version, .token(10...10), "The version of Square's API, a date."),
        .integer(
            "square.intervalSeconds", \.square.intervalSeconds, 1...86_400, "seconds",
            "From one sync of a clinic to the next; also the longest rest after failures."),
        .integer(
            "square.concurrentClinics", \.square.concurrentClinics, 0...64, "clinics",
            "Clinics whose orders this hub reads at once; 0 leaves them to other hubs."),
        .integer("square.pageOrders", \.square.pageOrders, 1...500, "orders", "Orders of one page."),
        .integer("square.callSeconds", \.square.callSeconds, 1...60, "seconds", "The time for one page."),
        .integer(
            "square.pastDays", \.square.pastDays, 1...3_650, "days",
            "How far back the first sync of a clinic reads."),
    ]
}

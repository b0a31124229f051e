package import Platform

/// LISTEN on a connection of its own that reconnects by itself. Loop-confined.
///
///     let listener = NotificationListener(
///         reactor: reactor, settings: settings, channels: ["clinic_events"],
///         onNotification: { channel, payload in … },
///         onListening: { … })   // at first and after each reconnect: re-read what may have been missed
///     listener.start()
package final class NotificationListener {
    package init(
        reactor: Reactor, settings: ConnectionSettings, channels: [String],
        onNotification: @escaping (_ channel: String, _ payload: String) -> Void, onListening: @escaping () -> Void
    ) {}

    /// Whether notifications arrive now.
    package var isListening: Bool { false }

    package func start() {}

    /// Closes the connection; no callback comes after it.
    package func close() {}
}

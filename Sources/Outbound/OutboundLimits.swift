/// How much one loop's client may take up, and how it finds the way out.
package struct OutboundLimits: Equatable, Sendable {
    /// Requests under way at once.
    package var maximumActive = 64
    /// Requests under way at once to one scheme, host and port.
    package var maximumActivePerOrigin = 16
    /// Requests that wait for a place; one more gets `.notSent(.queueFull)`.
    package var maximumQueued = 1_000
    /// Bytes of a response's body.
    package var maximumBodyBytes = 256 << 10
    /// Bytes of a response's header with all its lines.
    package var maximumHeadBytes = 32 << 10
    /// For name resolution, TCP and TLS together.
    package var connectTimeout = Duration.seconds(3)
    /// A kept connection that was idle for longer is not used again: the peer may be closing it just then.
    package var maximumIdle = Duration.seconds(30)
    /// An HTTP proxy's URL; nil goes out directly. The environment's proxies are never used.
    package var proxy: String?
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorityFile: String?

    package init() {}
}

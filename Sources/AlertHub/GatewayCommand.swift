import Settings

/// `alert-hub gateway`
enum GatewayCommand {
    static func run(_ options: GatewayOptions) -> Int32 { 1 }
}

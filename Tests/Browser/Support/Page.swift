import Cryptography
import Platform
import TestSupport
import Wire

/// A tab: what a person does in it and sees of it.
final class Page {
    private let devTools: DevTools
    private let session: String
    private let complaints: Complaints

    /// What the browser complained of.
    private final class Complaints {
        var all: [String] = []
    }

    init(_ chromium: Chromium) throws {
        let complaints = Complaints()
        devTools = chromium.devTools
        session = try devTools.openTab { if let text = Self.complaint($0) { complaints.all.append(text) } }
        self.complaints = complaints
        for domain in ["Page", "Runtime", "Log", "Audits"] { try send("\(domain).enable") }
        try resize(width: 1_280, height: 800)
    }

    /// Violations of the content policy, errors and warnings of scripts: all of them are bugs of the page.
    ///
    /// Not among them is that a connection failed, which the tests bring about.
    func badWords() throws -> [String] {
        // An answered command: what happened before it has been told.
        _ = try evaluate("0")
        return complaints.all
    }

    private static func complaint(_ event: JSONValue) -> String? {
        let parameters = event["params"]
        switch event["method"]?.stringValue {
        case "Runtime.exceptionThrown":
            return "exception: \(parameters?["exceptionDetails"] ?? .null)"
        case "Runtime.consoleAPICalled":
            guard let type = parameters?["type"]?.stringValue, ["error", "warning", "assert"].contains(type) else {
                return nil
            }
            return "console: \(parameters?["args"] ?? .null)"
        case "Log.entryAdded":
            guard let entry = parameters?["entry"], entry["source"] != "network",
                entry["level"] == "error" || entry["level"] == "warning"
            else { return nil }
            return "log: \(entry)"
        case "Audits.issueAdded":
            return "issue: \(parameters?["issue"] ?? .null)"
        default: return nil
        }
    }

    // MARK: Doing

    func open(_ url: String) throws { try send("Page.navigate", ["url": .string(url)]) }

    /// Loads the page anew and waits until its scripts have run.
    func reload() throws {
        _ = try evaluate("window.isOld = true")
        try send("Page.reload")
        _ = poll(within: .seconds(10)) {
            // Between the old page and the new one there is none to ask.
            (try? evaluate("window.isOld === undefined && document.readyState === 'complete'")) == .bool(true)
        }
    }

    func resize(width: Int64, height: Int64, isDark: Bool = false) throws {
        try send(
            "Emulation.setDeviceMetricsOverride",
            ["width": .integer(width), "height": .integer(height), "deviceScaleFactor": 1, "mobile": false])
        try send(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    /// Clicks the middle of the first element of a selector that holds `text`, as a mouse does.
    func click(_ selector: String, text: String = "") throws {
        let script = """
            (() => {
                const found = [...document.querySelectorAll(\(Self.literal(selector)))]
                    .find((element) => element.textContent.includes(\(Self.literal(text))) && element.checkVisibility());
                if (!found) return null;
                found.scrollIntoView({ block: "center" });
                const box = found.getBoundingClientRect();
                return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
            })()
            """
        var place = JSONValue.null
        guard
            try poll(
                within: .seconds(5),
                {
                    place = try evaluate(script); return place != .null
                }),
            let x = place[0], let y = place[1]
        else { throw DevTools.Failure(description: "nothing to click: \(selector) \(text)") }
        for type in ["mousePressed", "mouseReleased"] {
            try send(
                "Input.dispatchMouseEvent",
                ["type": .string(type), "x": x, "y": y, "button": "left", "clickCount": 1])
        }
    }

    /// Types into whatever has the focus.
    func type(_ text: String) throws { try send("Input.insertText", ["text": .string(text)]) }

    /// Presses a key that has no character of its own, or Enter.
    func press(_ key: String, code: Int64) throws {
        let text: JSONValue = key == "Enter" ? "\r" : ""
        for type in ["keyDown", "keyUp"] {
            try send(
                "Input.dispatchKeyEvent",
                [
                    "type": .string(type), "key": .string(key), "code": .string(key), "text": text,
                    "windowsVirtualKeyCode": .integer(code),
                ])
        }
    }

    /// Stops the page's scripts, timers and events, as a browser does with a tab out of sight; or lets them go on.
    func freeze(_ isFrozen: Bool) throws {
        try send("Page.setWebLifecycleState", ["state": isFrozen ? "frozen" : "active"])
    }

    // MARK: Seeing

    /// The text of the first element of a selector as a person sees it; nil where none is visible.
    func text(_ selector: String) throws -> String? {
        let script = """
            [...document.querySelectorAll(\(Self.literal(selector)))].find((one) => one.checkVisibility())?.innerText ?? null
            """
        return try evaluate(script).stringValue
    }

    /// Waits until the first visible element of a selector holds `text`; false if it does not in time.
    func shows(_ selector: String, _ text: String, within limit: Duration = .seconds(5)) throws -> Bool {
        try poll(within: limit) { try self.text(selector)?.contains(text) ?? false }
    }

    func count(_ selector: String) throws -> Int64? {
        try evaluate("document.querySelectorAll(\(Self.literal(selector))).length").integerValue
    }

    func evaluate(_ script: String) throws -> JSONValue {
        let answer = try send("Runtime.evaluate", ["expression": .string(script), "returnByValue": true])
        if let details = answer["exceptionDetails"] { throw DevTools.Failure(description: "\(details)") }
        return answer["result"]?["value"] ?? .null
    }

    /// A picture of what is seen, as PNG.
    func picture() throws -> [UInt8] {
        let answer = try send("Page.captureScreenshot", ["format": "png"])
        guard let text = answer["data"]?.stringValue, let bytes = Base64.decode(text) else {
            throw DevTools.Failure(description: "no picture")
        }
        return bytes
    }

    @discardableResult
    private func send(_ method: String, _ parameters: JSONValue = .object(JSONObject())) throws -> JSONValue {
        try devTools.send(method, parameters, session: session)
    }

    /// A text as JavaScript writes it.
    private static func literal(_ text: String) -> String {
        var json = JSONWriter()
        json.value(.string(text))
        return json.text
    }
}

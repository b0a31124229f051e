/// What the hub tells whoever answered by a text. One segment; no patient data.
package struct PhoneAnswer: Equatable, Sendable {
    package let template: TextTemplate
    /// The code that was answered; `nil` where it was a wrong one.
    package let code: AlertCode?

    package init(_ template: TextTemplate, _ code: AlertCode?) {
        self.template = template
        self.code = code
    }

    package func text(_ brand: Brand) -> String {
        template.text(
            TextValues(brand: brand, urgency: .low, code: code ?? AlertCode(randomBits: 0), answerWithin: nil))
    }
}

import Clinic
import Cryptography
import Gateways
import Outbound
import Platform
import TestSupport
import Testing
import Wire

@Suite("Local gateway", .timeLimit(.minutes(1)))
struct LocalGatewayTests {
    /// What became of a text to one number.
    private struct Story: Equatable, Sendable {
        var outcome: SubmitOutcome
        var states: [DeliveryState]
        var answersInLog: [String]
    }

    private func tell(_ number: String, deadline: Duration = .seconds(5)) async throws -> Story {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor)
            let outcome = try await bench.send(to: number, deadline: deadline)
            #expect(await bench.settle())
            let message = try #require(await bench.log().objects("messages").first)
            let story = Story(
                outcome: outcome.withoutID, states: bench.events.map(\.state),
                answersInLog: try message.objects("callbacks").map { try $0.string("answer") })
            #expect(bench.events.allSatisfy { $0.attempt == Twilio.attemptID })
            #expect(bench.refusals.isEmpty)
            await bench.end()
            return story
        }
    }

    private static let accepted = SubmitOutcome.accepted(providerID: "SM")

    @Test(
        "The demo doctors' texts are taken and delivered",
        arguments: ["+15005550101", "+15005550102", "+4915112345678"])
    func delivered(number: String) async throws {
        let story = try await tell(number)
        #expect(story == Story(outcome: Self.accepted, states: [.sent, .delivered], answersInLog: ["204", "204"]))
    }

    @Test("Other numbers have other fates")
    func fates() async throws {
        let fates: [(String, SubmitOutcome, [DeliveryState])] = [
            ("+15005550200", Self.accepted, [.sent, .undelivered]),
            ("+15005550300", Self.accepted, [.failed]),
            ("+15005550400", .rejected(DeliveryError(.rateLimited(retryAfter: .seconds(2)), code: "20429")), []),
            ("+15005550500", .unknown(code: "20500"), []),
            ("+15005550700", Self.accepted, []),
            ("+15005550800", Self.accepted, [.sent, .sent, .delivered, .delivered]),
            ("+15005550900", Self.accepted, [.sent, .delivered]),
            ("+15005551000", Self.accepted, [.sent, .delivered]),
            ("+15005551100", .rejected(DeliveryError(.permanentAddress, code: "21211")), []),
            ("+15005551200", .rejected(DeliveryError(.optedOut, code: "21610")), []),
            ("+15005551300", Self.accepted, [.delivered, .sent]),
            ("+15005551400", Self.accepted, [.undelivered, .delivered]),
            ("+15005551500", .unknown(code: "20500"), [.sent, .delivered]),
        ]
        for (number, outcome, states) in fates {
            let story = try await tell(number)
            #expect(story.outcome == outcome, "\(number)")
            #expect(story.states == states, "\(number)")
        }
    }

    @Test("A number without an answer leaves the outcome unknown, and nothing is called back")
    func noAnswer() async throws {
        let story = try await tell("+15005550600", deadline: .milliseconds(200))
        #expect(story == Story(outcome: .unknown(code: "deadline"), states: [], answersInLog: []))
    }

    @Test("Early callbacks come before the answer")
    func early() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor)
            var outcome: SubmitOutcome?
            var hadAnswer: [Bool] = []
            bench.calledBack = { hadAnswer.append(outcome != nil) }
            outcome = try await bench.send(to: "+15005550900")
            #expect(hadAnswer == [false, false])
            #expect(bench.events.map(\.state) == [.sent, .delivered])
            await bench.end()
        }
    }

    @Test(
        "A callback that was not answered 2xx is posted once more, and no third time",
        arguments: [
            ([HTTPStatus.serviceUnavailable, .noContent], ["503", "204"]),
            ([.badGateway, .badGateway, .badGateway], ["502", "502"]), ([.ok, .ok], ["200"]),
        ])
    func retry(statuses: [HTTPStatus], expected: [String]) async throws {
        let answers = try await onLoop { reactor in
            let bench = try GatewayBench(reactor)
            bench.answers = statuses
            _ = try await bench.send(to: "+15005550300")
            #expect(await bench.settle())
            let message = try #require(await bench.log().objects("messages").first)
            await bench.end()
            return try message.objects("callbacks").map { try $0.string("answer") }
        }
        #expect(answers == expected)
    }

    @Test("A hub with another token refuses the callbacks, and the log says so")
    func forged() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor, hubToken: "another")
            _ = try await bench.send(to: "+15005550101")
            #expect(await bench.settle())
            #expect(bench.events.isEmpty)
            #expect(bench.refusals.allSatisfy { $0 == .forged } && bench.refusals.count == 4)
            await bench.end()
        }
    }

    @Test("The log tells what was sent, and can be emptied; a message can be asked for")
    func log() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor)
            guard case .accepted(let sid) = try await bench.send(to: "+15005550101") else {
                Issue.record("not accepted")
                return
            }
            #expect(await bench.settle())
            let message = try #require(await bench.log().objects("messages").first)
            #expect(try message.string("sid") == sid)
            #expect(try message.string("to") == "+15005550101")
            #expect(try message.string("from") == "+15005550006")
            #expect(try message.string("body").hasPrefix("Clinic: CRITICAL"))
            #expect(try message.string("attempt") == "\(Twilio.attemptID)")
            #expect(try message.string("status") == "delivered")
            #expect(try message.integer("answer") == 201)
            let path = "/2010-04-01/Accounts/\(Twilio.account)/Messages/\(sid).json"
            let shown = try await bench.request(.get, path, headers: [Self.authorization()])
            #expect(try JSONReader.readObject(shown.body).string("status") == "delivered")
            #expect(try await bench.request(.delete, "/log").status == 204)
            #expect(try await bench.log().objects("messages").isEmpty)
            await bench.end()
        }
    }

    @Test("The log keeps the newest texts and counts the others")
    func boundedLog() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor) { $0.maximumLogEntries = 10 }
            for number in 0..<25 { _ = try await bench.send(to: "+150055507\(10 + number)") }
            let log = try await bench.log()
            #expect(try log.objects("messages").map { try $0.string("to") } == (15..<25).map { "+150055507\(10 + $0)" })
            #expect(try log.integer("dropped") == 15)
            await bench.end()
        }
    }

    @Test("Callbacks beyond the limit are dropped and counted; silent requests beyond theirs get 503")
    func boundedCallbacks() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor) {
                $0.maximumPendingCallbacks = 3
                $0.maximumSilent = 0
                $0.secondCallbackAfter = .milliseconds(300)
                $0.firstCallbackAfter = .milliseconds(300)
            }
            _ = try await bench.send(to: "+15005550101")
            _ = try await bench.send(to: "+15005550102")
            #expect(bench.local.pendingCallbacks == 3)
            #expect(try await bench.log().integer("droppedCallbacks") == 1)
            #expect(try await bench.send(to: "+15005550600") == .unknown(code: "20503"))
            #expect(await bench.settle())
            await bench.end()
        }
    }

    @Test("Requests that Twilio would refuse are refused alike")
    func refusals() async throws {
        try await onLoop { reactor in
            let bench = try GatewayBench(reactor) { $0.accountSid = Twilio.account }
            let path = "/2010-04-01/Accounts/\(Twilio.account)/Messages.json"
            let good = Self.authorization()
            let foreign = "AC" + String(repeating: "ee", count: 16)
            let cases: [(OutboundRequest.Method, String, [HeaderField], String, Int, Int)] = [
                (.post, path, [], "To=1", 401, 20003),
                (.post, path, [Self.authorization(password: "wrong")], "", 401, 20003),
                (.post, path, [HeaderField("Authorization", "Basic !")], "", 401, 20003),
                (.post, path, [Self.authorization(user: foreign)], "", 401, 20003),
                (
                    .post, "/2010-04-01/Accounts/\(foreign)/Messages.json", [Self.authorization(user: foreign)], "",
                    401, 20003
                ),
                (.put, path, [good], "", 405, 20004),
                (.post, path + "/more", [good], "", 404, 20404),
                (.get, "/2010-04-01/Accounts/\(Twilio.account)/Messages/SM1.json", [good], "", 404, 20404),
                (.get, "/", [], "", 404, 20404),
                (.post, path, [good], "", 400, 21604),
                (.post, path, [good], "To=555&From=1&Body=x", 400, 21211),
                (.post, path, [good], "To=%2B15005550101&Body=x", 400, 21603),
                (.post, path, [good], "To=%2B15005550101&From=1", 400, 21602),
                (.post, path, [good], "To=%2B15005550101&From=1&Body=%ff", 400, 20001),
                (
                    .post, path, [good], "To=%2B15005550101&From=1&Body=\(String(repeating: "x", count: 1601))", 400,
                    21617
                ),
                (.post, path, [good], "To=%2B15005550101&From=1&Body=x&ValidityPeriod=0", 400, 21620),
                (.post, path, [good], "To=%2B15005550101&From=1&Body=x&StatusCallback=ftp:x", 400, 21609),
            ]
            for (method, path, headers, body, status, code) in cases {
                let response = try await bench.request(method, path, headers: headers, body: body)
                #expect(response.status == status, "\(method) \(path) \(body.prefix(80))")
                #expect(try JSONReader.readObject(response.body).integer("code") == Int64(code), "\(body.prefix(80))")
            }
            let key = Self.authorization(user: "SK" + String(repeating: "0", count: 32))
            let taken = try await bench.request(
                .post, path, headers: [key], body: "To=%2B15005550101&From=1&Body=x")
            #expect(taken.status == 201)
            await bench.end()
        }
    }

    @Test("The table of numbers is complete and unambiguous")
    func table() {
        let prefixes = LocalBehaviour.allCases.compactMap(\.prefix)
        #expect(Set(prefixes).count == LocalBehaviour.allCases.count - 1)
        for prefix in prefixes {
            #expect(prefixes.count { $0.hasPrefix(prefix) } == 1)
            #expect(LocalBehaviour.table.contains(prefix))
        }
        for behaviour in LocalBehaviour.allCases {
            #expect(LocalBehaviour.of((behaviour.prefix ?? "+150055501") + "01") == behaviour)
        }
    }

    private static func authorization(user: String = Twilio.account, password: String = Twilio.token) -> HeaderField {
        HeaderField("Authorization", "Basic " + Base64.encode(Array("\(user):\(password)".utf8)))
    }
}

extension SubmitOutcome {
    /// The outcome with the letters of the id only, since the rest is random.
    fileprivate var withoutID: SubmitOutcome {
        if case .accepted(let id) = self { .accepted(providerID: String(id.prefix(2))) } else { self }
    }
}

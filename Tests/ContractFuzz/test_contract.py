"""Every operation of openapi.yaml, as everybody who may ask: see `run` beside this file.

Schemathesis makes up the requests, valid and invalid ones. Each is sent as every role, the least powerful first, and each
answer is held to the contract and searched for what belongs to another clinic. Findings are collected, so that a run tells
all of them; the last tests judge.
"""

import os
import random
import re
import zlib
from collections import defaultdict

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from world import PROTOCOL, ROLES, WORLD, aim, careful

EXAMPLES = int(os.environ.get("CONTRACT_FUZZ_EXAMPLES", "3"))
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]
# What a request that does not fit its schemas may be answered.
REFUSALS = [400, 401, 403, 404, 405, 409, 410, 412, 413, 414, 415, 422, 426, 428, 429]
# Who is shown another clinic's rows where the request names that clinic or its user, as the table of rights has it.
ACROSS = {
    "listAuditLogs": {"CORPORATE_ADMIN", "AUDIT_READER"}, "exportAuditLogs": {"CORPORATE_ADMIN", "AUDIT_READER"},
    "listUsers": {"CORPORATE_ADMIN"}, "createUser": {"CORPORATE_ADMIN"}, "changeUser": {"CORPORATE_ADMIN"},
    "revokeTokens": {"CORPORATE_ADMIN"}, "changeClinic": {"CORPORATE_ADMIN"}, "readClinicStats": {"CORPORATE_ADMIN"},
}
# Those that are about all clinics.
OF_ALL = {"listClinics": {"CORPORATE_ADMIN"}, "readClinicsAggregate": {"CORPORATE_ADMIN"}}
# The audit tells what somebody of the own clinic has asked for, also where it was another clinic's id.
ASKED_FOR = re.compile(r'"targetId":"[^"]*"')

config = schemathesis.Config.from_dict(
    {
        "base-url": WORLD["url"],
        "generation": {"with-security-parameters": False, "max-examples": EXAMPLES, "database": "none"},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        # Methods that HTTP itself does not know get its 501 before an operation is asked.
        "phases": {"coverage": {"unexpected-methods": ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]}},
    }
)
schema = schemathesis.openapi.from_path(str(PROTOCOL / "openapi.yaml"), config=config)
session = requests.Session()
session.trust_env = False


class Campaign:
    """What was sent and what came of it."""

    def __init__(self):
        self.requests = 0
        self.findings = {}
        self.statuses = defaultdict(lambda: defaultdict(set))
        self.careful = {}

    def find(self, operation, role, what, exchange):
        """The same fault of an operation is told once."""
        self.findings.setdefault((operation, what.split("\n")[0]), f"{operation} as {role}: {what}\n    {exchange}")


campaign = Campaign()


def name_of(operation):
    return operation.definition.raw["operationId"]


@schema.hook
def before_add_examples(context, examples):
    name = name_of(context.operation)
    campaign.careful[name] = list(careful(context.operation, name))
    examples.extend(campaign.careful[name])


def foreign_rows(operation, role, sent, text):
    """What an answer holds of the other clinic."""
    named = any(WORLD["foreign"][kind] in sent for kind in ("clinics", "users"))
    if role in OF_ALL.get(operation, ()) or (named and role in ACROSS.get(operation, ())):
        return []
    if operation in ("listAuditLogs", "exportAuditLogs"):
        text = ASKED_FOR.sub("", text)
    return [mark for mark in WORLD["foreignMarks"] if mark in text]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_operation(case):
    operation = name_of(case.operation)
    campaign.requests += 1
    if not any(case is known for known in campaign.careful[operation]):
        aim(case, operation, random.Random(zlib.crc32(f"{operation} {campaign.requests}".encode())))
    for role in ROLES:
        token = WORLD["tokens"].get(role)
        response = case.call(session=session, headers={"Authorization": f"Bearer {token}"} if token else {})
        text = response.content.decode(errors="replace")
        sent = f"{response.request.method} {response.request.url} {response.request.body!r}"
        exchange = f"{sent[:800]}\n    {text[:400]}"
        campaign.statuses[operation][response.status_code].add(role)
        for mark in foreign_rows(operation, role, sent, text + str(response.headers)):
            campaign.find(operation, role, f"holds {mark} of another clinic", exchange)
        if str(response.status_code) not in case.operation.definition.raw["responses"]:
            campaign.find(operation, role, f"{response.status_code} is not documented", exchange)
        if token and response.status_code == 401:
            campaign.find(operation, role, "the token is not taken any more", exchange)
        try:
            case.validate_response(response, checks=CHECKS)
        except BaseExceptionGroup as failures:
            for failure in failures.exceptions:
                text = f"{response.status_code} {failure.title}: {failure.message}"
                campaign.find(operation, role, text[:1500], exchange)


def test_findings():
    if campaign.findings:
        pytest.fail("\n\n".join(campaign.findings.values()), pytrace=False)


# What needs a signature, a code that was texted or a minute after it, a link, a dead letter, a handshake, an issuer.
BEYOND_REACH = {
    "takeGatewayStatus", "takeGatewayReply", "sendContactCode", "verifyContactMethod", "showAnswerLink", "answerByLink",
    "replayDeadLetter", "openSocket", "readSignIn",
}


def test_reach():
    """A run in which an operation never succeeded has shown little about it."""
    lines = []
    for operation, statuses in sorted(campaign.statuses.items()):
        told = ", ".join(f"{status}: {'+'.join(sorted(roles))}" for status, roles in sorted(statuses.items()))
        lines.append(f"{operation}: {told}")
    lines.append(f"{campaign.requests} requests, each as {len(ROLES)}")
    missed = {name for name, statuses in campaign.statuses.items() if not any(200 <= s < 300 for s in statuses)}
    if not missed <= BEYOND_REACH:
        pytest.fail(f"never succeeded: {sorted(missed - BEYOND_REACH)}\n" + "\n".join(lines), pytrace=False)
    print(lines[-1])

"""Who asks, which ids exist, and requests that a careful person would send: what made-up requests are mixed with."""

import base64
import datetime
import json
import os
import pathlib
import re

WORLD = json.loads(pathlib.Path(os.environ["CONTRACT_FUZZ_WORLD"]).read_text())
PROTOCOL = pathlib.Path(__file__).parents[2] / "Protocol"
UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")

# The least powerful first: what they may not do is still there to be done by those who may.
ROLES = ["NOBODY", "API_KEY", "AUDIT_READER", "DOCTOR", "ADMISSIONS", "ADMIN", "CORPORATE_ADMIN"]

# Whose ids a field or parameter holds.
KINDS = {
    "patientId": "patients", "assignedTo": "users", "userId": "users", "backupId": "users", "people": "users",
    "actorUserId": "users", "clinicId": "clinics", "contactIds": "contact",
}
# What would end the tokens in use, or what others still need: these act on the spare things.
SPARING = {
    "changeUser", "orderContactMethods", "deleteContactMethod", "deleteSchedule", "deleteOverride", "endMaintenance",
    "removeMonitor", "revokeApiKey", "revokeTokens", "escalateAlert",
}
# How far ahead a time of an example lies.
TIMES = {"from": 1, "until": 1, "to": 2, "expiresAt": 2}
# The smallest PNG.
SCAN = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def own(kind, operation):
    """The id of a kind that the operation may act on; None where the clinic has none."""
    aimed = WORLD["aims"].get(operation, {})
    return aimed.get(kind) or WORLD["spare" if operation in SPARING else "own"].get(kind)


def kind_of(case_path, name):
    """Whose id a named part of a path is."""
    return case_path.split("/")[3] if name == "id" else name


def aim(case, operation, draw):
    """Puts ids that exist in place of made-up ones: mostly the own clinic's, sometimes another's. What is no UUID stays."""

    def known(value, kind):
        if not isinstance(value, str) or not UUID.match(value):
            return value
        whose = draw.choices(["own", "foreign", None], weights=[6, 2, 1])[0]
        chosen = own(kind, operation) if whose == "own" else WORLD["foreign"].get(kind) if whose else None
        return chosen or value

    def within(value, name):
        if isinstance(value, dict):
            return {key: within(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [within(item, name) for item in value]
        return known(value, KINDS[name]) if name in KINDS else value

    for name, value in list((case.path_parameters or {}).items()):
        case.path_parameters[name] = known(value, kind_of(case.path, name))
    for name, value in list((case.query or {}).items()):
        case.query[name] = within(value, name)
    if isinstance(case.body, (dict, list)):
        case.body = within(case.body, "")


def careful(operation, name):
    """Requests with the ids of the own clinic and the bodies of Protocol/examples, to be sent as they are."""
    path = {}
    for part in re.findall(r"{(\w+)}", operation.path):
        kind = kind_of(operation.path, part) if operation.path.startswith("/api/v1/") else part
        path[part] = own(kind, name) or {"name": "twilio", "token": "A" * 22}[part]
    headers = {"If-Match": "*"} if operation.path_parameters else {}
    raw = operation.definition.raw.get("requestBody", {})
    if "$ref" in raw:
        raw = {"content": {"application/json": {"schema": {"$ref": raw["$ref"].rsplit("/", 1)[1] + ".json"}}}}
    content = raw.get("content", {})
    if "multipart/form-data" in content:
        yield operation.Case(headers=headers, body={"file": SCAN}, media_type="multipart/form-data")
    elif "application/json" in content and "$ref" in content["application/json"]["schema"]:
        schema = pathlib.Path(content["application/json"]["schema"]["$ref"]).stem
        for example in sorted((PROTOCOL / "examples").glob(f"{schema}*.json")):
            if example.name.split(".")[0] == schema:
                body = _present(json.loads(example.read_text()), "", name)
                yield operation.Case(
                    path_parameters=dict(path), headers=headers, body=body, media_type="application/json")
    else:
        yield operation.Case(path_parameters=path, headers=headers)


def _present(value, name, operation):
    """An example's body with ids and times that are good here and now."""
    if isinstance(value, dict):
        return {key: _present(item, key, operation) for key, item in value.items()}
    if isinstance(value, list):
        items = [_present(item, name, operation) for item in value]
        return [item for index, item in enumerate(items) if item not in items[:index]]
    if not isinstance(value, str):
        return value
    if name == "backupId":  # Nobody is their own backup.
        return WORLD["spare"]["users"]
    if name in KINDS:
        return own(KINDS[name], operation)
    if name == "name":  # One schedule has it.
        return f"{value}-{operation}"
    if name in TIMES and "T" in value:
        return _later(hours=TIMES[name])
    return value


def _later(hours):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Uses scim2-client as a client of the reference. The models that it discovers validate every response.

Argument: the directory for the report.
"""

import json
import pathlib
import sys

import reference
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Error, ListResponse, PatchOp, PatchOperation, SCIMException, SearchRequest

OUT = pathlib.Path(sys.argv[1])
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def replace(model, path, value):
    return PatchOp[model](operations=[PatchOperation[model](op=PatchOperation.Op.replace_, path=path, value=value)])


def errors(step, wanted):
    """Asserts that a step fails with this status."""
    try:
        answer = step()
    except SCIMException as error:
        answer = error.to_error()
    assert isinstance(answer, Error), f"expected an error, got {answer!r}"
    assert int(answer.status) == wanted, f"expected status {wanted}, got {answer.status}"


def steps(client):
    """Yields the steps as (name, function) in order. Each function contains its assertions."""
    User, Group = client.get_resource_model("User"), client.get_resource_model("Group")
    person = {
        "userName": "Bjensen@example.com",
        "name": {"givenName": "Barbara", "familyName": "Jensen", "formatted": "Ms. Barbara Jensen"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": True}],
        "active": True,
        "externalId": "00u1",
        ENTERPRISE: {"employeeNumber": "701984", "department": "Tour Operations"},
    }
    made = {}

    def create():
        made["user"] = client.create(User.model_validate({"schemas": [USER, ENTERPRISE], **person}))
        assert made["user"].id and made["user"].meta.version and made["user"].user_name == person["userName"]
        assert made["user"].model_dump()[ENTERPRISE]["employeeNumber"] == "701984"

    def create_second():
        client.create(User(user_name="second@example.com"))

    def create_again():
        errors(lambda: client.create(User(user_name="bjensen@EXAMPLE.com")), 409)

    def read():
        assert client.query(User, made["user"].id) == made["user"]

    def read_unknown():
        errors(lambda: client.query(User, "nobody"), 404)

    def by_filter():
        page = client.query(User, query_parameters=SearchRequest(filter='userName eq "BJENSEN@example.com"'))
        assert isinstance(page, ListResponse) and page.total_results == 1 and page.resources == [made["user"]]

    def projected():
        found = client.query(User, made["user"].id, query_parameters=SearchRequest(attributes=["userName"]))
        assert found.user_name and found.emails is None

    def pages():
        page = client.query(User, query_parameters=SearchRequest(start_index=2, count=1))
        assert (page.total_results, page.start_index, page.items_per_page) == (2, 2, 1)

    def patch_user():
        client.modify(made["user"], replace(User, "active", False))
        changed = client.query(User, made["user"].id)
        assert changed.active is False and changed.meta.last_modified >= made["user"].meta.last_modified
        assert changed.meta.version != made["user"].meta.version
        made["user"] = changed

    def put_user():
        made["user"].display_name = "Babs"
        made["user"].active = True
        replaced = client.replace(made["user"])
        assert replaced.display_name == "Babs" and client.query(User, replaced.id) == replaced
        made["user"] = replaced

    def group():
        member = {"value": made["user"].id}
        made["group"] = client.create(Group.model_validate({"displayName": "Tour Guides", "members": [member]}))
        [seen] = made["group"].members
        assert seen.value == made["user"].id and seen.type == "User" and str(seen.ref).endswith(f"/Users/{made['user'].id}")

    def groups_of_user():
        [seen] = client.query(User, made["user"].id).groups
        assert seen.value == made["group"].id and seen.display == "Tour Guides"

    def rename_group():
        client.modify(made["group"], replace(Group, "displayName", "Guides"))
        assert client.query(Group, made["group"].id).display_name == "Guides"

    def empty_group():
        without = PatchOp[Group](operations=[PatchOperation[Group](op=PatchOperation.Op.remove, path=f'members[value eq "{made["user"].id}"]')])
        client.modify(client.query(Group, made["group"].id), without)
        assert not client.query(Group, made["group"].id).members

    def delete():
        for resource in (client.query(Group, made["group"].id), client.query(User, made["user"].id)):
            client.delete(resource)
            errors(lambda resource=resource: client.query(type(resource), resource.id), 404)

    for step in (create, create_second, create_again, read, read_unknown, by_filter, projected, pages, patch_user, put_user, group, groups_of_user, rename_group, empty_group, delete):
        yield step.__name__, step


def main():
    rows = []
    with reference.serve(OUT / "scim2-client.log") as served:
        http = Client(base_url=served["scim_url"], headers={"Authorization": f"Bearer {served['token']}"})
        client = SyncSCIMClient(http)
        client.discover()
        for name, step in steps(client):
            try:
                step()
                rows.append({"step": name, "failed": None})
            except Exception as error:  # whatever stops a step is the step's result
                rows.append({"step": name, "failed": f"{type(error).__name__}: {error}"})
    (OUT / "scim2-client.json").write_text(json.dumps(rows, indent=1))
    return reference.judge("scim2-client", [(row["step"], row["failed"]) for row in rows if row["failed"]], len(rows))


sys.exit(main())

"""The journey of a team that integrates directory sync, through the WorkOS SDK for Python, then through those for Node
and for Rust.

Only what WorkOS does not offer goes around the SDK: creating the directory (its dashboard does), and the SCIM requests, which
Okta sends."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import reference
import webhooks
from workos import WorkOSClient
from workos._errors import APIError
from workos.events.models import EventSchemaUnknown
from workos.organizations.models import OrganizationDomainData

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PEOPLE = 250


def send(method, url, token, body=None):
    """Sends a request with a JSON body and returns the JSON response."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
        text = response.read()
        return json.loads(text) if text else None


def refused(call, status, code=None):
    """Asserts that the SDK reports a refusal with a request id."""
    try:
        call()
    except APIError as error:
        assert error.status_code == status, error
        assert code is None or error.code == code, error
        assert error.request_id, error
        return
    raise AssertionError(f"not refused with {status}")


def person(number):
    name = f"person{number}@example.com"
    return {
        "schemas": [USER],
        "userName": name,
        "externalId": f"00u{number}",
        "name": {"givenName": "Person", "familyName": str(number)},
        "emails": [{"primary": True, "type": "work", "value": name}],
        "active": True,
    }


def directory(announced, organization_id):
    """Creates a directory through the route of scimulate, and returns the response."""
    url = f"{announced['api_url']}/scimulate/directories"
    return send("POST", url, announced["api_key"], {"organization_id": organization_id, "name": "Northwind Okta"})


def all_events(client, **query):
    """Follows the cursor of the event log to its end."""
    page = client.events.list_events(order="asc", limit=100, **query)
    return list(page.auto_paging_iter())


def organizations(client):
    """Organizations: create, read in every way, change."""
    made = client.organizations.create_organization(
        name="Northwind",
        domain_data=[OrganizationDomainData.from_dict({"domain": "northwind.example", "state": "verified"})],
        metadata={"tier": "gold"},
        external_id="customer-1",
    )
    assert made.domains[0].domain == "northwind.example" and made.metadata == {"tier": "gold"}
    assert client.organizations.get_organization(made.id) == made
    assert client.organizations.get_organization_by_external_id("customer-1") == made
    found = client.organizations.list_organizations(domains=["northwind.example"])
    assert [organization.id for organization in found.data] == [made.id]
    changed = client.organizations.update_organization(made.id, name="Northwind Traders")
    assert changed.name == "Northwind Traders" and changed.external_id == "customer-1"
    refused(lambda: client.organizations.get_organization("org_unknown"), 404, "entity_not_found")
    link = client.admin_portal.generate_link(organization=made.id, intent="dsync").link
    with urllib.request.urlopen(link) as page:
        assert "Northwind Traders" in page.read().decode()
    refused(lambda: client.admin_portal.generate_link(organization="org_unknown"), 404, "entity_not_found")
    again = lambda: client.organizations.create_organization(name="Other", external_id="customer-1")
    refused(again, 400, "external_id_already_used")
    return made.id


def directories(client, announced, organization_id):
    """Directories, users and groups as they are listed and read."""
    made = directory(announced, organization_id)
    scim, token = made["scim_url"], made["token"]
    ids = [send("POST", f"{scim}/Users", token, person(number))["id"] for number in range(PEOPLE)]
    members = [{"value": one} for one in ids[:3]]
    team = send("POST", f"{scim}/Groups", token, {"schemas": [GROUP], "displayName": "Team", "members": members})

    listed = client.directory_sync.list_directories(organization_id=organization_id)
    assert [one.id for one in listed.data] == [made["id"]]
    one = client.directory_sync.get_directory(made["id"])
    assert (one.type, one.state.value, one.external_key) == ("okta scim v2.0", "linked", made["external_key"])

    for order in ["asc", "desc"]:
        page = client.directory_sync.list_users(directory=made["id"], limit=100, order=order)
        users = list(page.auto_paging_iter())
        emails = [user.email for user in users]
        expected = [f"person{number}@example.com" for number in range(PEOPLE)]
        assert emails == (expected if order == "asc" else expected[::-1]), order
    first = client.directory_sync.list_users(directory=made["id"], limit=10, order="normal")
    older = client.directory_sync.list_users(directory=made["id"], limit=10, order="normal", before=first.before)
    assert [user.email for user in older.data] == expected[::-1][10:20]
    by_email = client.directory_sync.list_users(directory=made["id"], email="Person7@example.com").data
    by_idp_id = client.directory_sync.list_users(directory=made["id"], idp_id="00u7").data
    assert by_email == by_idp_id == [client.directory_sync.get_user(by_email[0].id)]
    assert by_email[0].name == "Person 7" and by_email[0].groups == []

    groups = client.directory_sync.list_groups(directory=made["id"]).data
    assert [(group.name, group.idp_id) for group in groups] == [("Team", "Team")]
    assert client.directory_sync.get_group(groups[0].id) == groups[0]
    in_team = client.directory_sync.list_users(group=groups[0].id, order="asc").data
    assert [user.email for user in in_team] == expected[:3]
    assert client.directory_sync.list_groups(user=in_team[0].id).data == groups

    refused(lambda: client.directory_sync.get_user("directory_user_unknown"), 404, "entity_not_found")
    refused(lambda: client.directory_sync.list_users(directory=made["id"], limit=101), 422, "invalid_request_parameters")
    refused(lambda: client.directory_sync.list_users(directory=made["id"], after="x"), 422)
    refused(lambda: client.directory_sync.list_users(email="a@example.com"), 422)
    return made, ids, team


def events(client, announced, organization_id, made, ids, team):
    """Events by type and by time, each in its typed model, and what a removal leaves."""
    scim, token = made["scim_url"], made["token"]
    between = datetime.datetime.now(datetime.timezone.utc)
    operations = [{"op": "replace", "value": {"active": False}}]
    send("PATCH", f"{scim}/Users/{ids[9]}", token, {"schemas": [PATCH], "Operations": operations})
    send("PUT", f"{scim}/Users/{ids[8]}", token, person(8) | {"title": "Analyst"})
    operations = [{"op": "remove", "path": f'members[value eq "{ids[0]}"]'}]
    send("PATCH", f"{scim}/Groups/{team['id']}", token, {"schemas": [PATCH], "Operations": operations})
    renamed = [{"op": "replace", "value": {"id": team["id"], "displayName": "Renamed"}}]
    send("PATCH", f"{scim}/Groups/{team['id']}", token, {"schemas": [PATCH], "Operations": renamed})
    send("DELETE", f"{scim}/Groups/{team['id']}", token)
    send("DELETE", f"{scim}/Users/{ids[1]}", token)
    send("POST", f"{announced['api_url']}/scimulate/directories/{made['id']}/tokens", announced["api_key"], {"revoke_old": True})
    client.directory_sync.delete_directory(made["id"])

    names = ["activated", "deleted", "token.created", "token.revoked", "group.user_added", "group.user_removed"]
    names += [f"{kind}.{what}" for kind in ["user", "group"] for what in ["created", "updated", "deleted"]]
    names = [f"dsync.{name}" for name in names]
    seen = all_events(client, events=names, organization_id=organization_id)
    assert not any(isinstance(event, EventSchemaUnknown) for event in seen)
    assert {event.event for event in seen} == set(names), set(names) - {event.event for event in seen}
    created = all_events(client, events=["dsync.user.created"], organization_id=organization_id)
    joined = [*range(PEOPLE), "joiner"]
    assert [event.data.email for event in created] == [f"person{number}@example.com" for number in joined]
    updated = all_events(client, events=["dsync.user.updated"], organization_id=organization_id)
    assert [event.data.previous_attributes for event in updated] == [
        {"state": "active"},
        {"custom_attributes": {"job_title": None}},
    ]
    start = between.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    later = client.events.list_events(events=names, range_start=start, organization_id=organization_id, limit=100)
    assert "dsync.activated" not in {event.event for event in later.data}
    assert later.data[-1].event == "dsync.deleted" and later.data[-1].data.state == "deleting"
    refused(lambda: client.events.list_events(events=names, after="event_01ARZ3NDEKTSV4RRFFQ69G5FAV"), 400, "invalid_cursor")
    refused(lambda: client.events.list_events(events=["dsync.nothing"]), 422)


def main(out, node, rust):
    with reference.serve(pathlib.Path(out) / "sdks.log") as announced:
        client = WorkOSClient(api_key=announced["api_key"], base_url=announced["api_url"], client_id="client_x", max_retries=0)
        organization_id = organizations(client)
        made, ids, team = directories(client, announced, organization_id)
        def join():
            user = person("joiner")
            send("POST", f"{made['scim_url']}/Users", made["token"], user)
            return user["userName"]

        webhooks.journey(client, join)
        events(client, announced, organization_id, made, ids, team)
        stranger = WorkOSClient(api_key="sk_wrong", base_url=announced["api_url"], client_id="client_x", max_retries=0)
        refused(lambda: stranger.directory_sync.list_directories(), 401)
        client.organizations.delete_organization(organization_id)
        refused(lambda: client.organizations.get_organization(organization_id), 404)
        print("workos for Python: the journey is complete")

        # A directory with the same people for the SDK for Node, which reads and deletes it.
        second = directory(announced, announced["organization_id"])
        ids = [send("POST", f"{second['scim_url']}/Users", second["token"], person(number))["id"] for number in range(PEOPLE)]
        members = [{"value": one} for one in ids[:3]]
        group = {"schemas": [GROUP], "displayName": "Team", "members": members}
        send("POST", f"{second['scim_url']}/Groups", second["token"], group)
        environment = os.environ | {"DIRECTORY": second["id"], "ANNOUNCED": json.dumps(announced)}
        subprocess.run(["node", node], env=environment, check=True)
        subprocess.run([rust], env=environment, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

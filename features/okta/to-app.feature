@users
Feature: The To App switches
  Under "To App" an administrator decides whether Okta may create, update and deactivate users. What is off is not sent,
  and nobody catches up later when it is switched on.

  Sources: documented (CONNECT, KB). That nothing is caught up is inferred from a capture (ROSTR) in which people who
  were assigned before provisioning was on were never sent.

  Background:
    Given a bystander on the server

  @id:create-off @server
  Scenario: Without Create Users a stranger is looked up and not created
    Given ada is a person in Okta
    And "Create Users" is off in the app
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
    And the server answers as Okta needs
    And the administrator sees an error about "Matching user not found"
    And the bystander is untouched

  @id:create-off-match @server
  Scenario: Without Create Users somebody whom the server has is still taken over
    Given the server already has ada
    And ada is also a person in Okta
    And "Create Users" is off in the app
    When ada is assigned to the app
    Then the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And the bystander is untouched

  @id:update-off @sabotage:to-app-off @agent
  Scenario: Without Update User Attributes a change is not sent
    Given ada is a person in Okta
    And ada is assigned to the app
    And "Update User Attributes" is off in the app
    And the events so far don't matter
    When ada's displayName becomes "Ada Countess" in Okta
    Then Okta sends nothing
    And no events follow

  @id:deactivate-off @sabotage:to-app-off @agent
  Scenario: Without Deactivate Users somebody unassigned stays active
    Given ada is a person in Okta
    And ada is assigned to the app
    And "Deactivate Users" is off in the app
    And the events so far don't matter
    When ada is unassigned from the app
    Then Okta sends nothing
    And the server has ada as Okta sent her, active
    And no events follow

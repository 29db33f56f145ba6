@users
Feature: The To App switches
  Under "To App" an administrator decides whether Okta may create, update and deactivate users. Okta does not send what is
  off, and does not send it later when it is turned on.

  Sources: documented (CONNECT, KB). That Okta does not send it later is inferred from a capture (ROSTR) in which users who
  were assigned before provisioning was turned on were never sent.

  Background:
    Given an unrelated user on the server

  @id:create-off @server
  Scenario: Without Create Users, a user who is not on the server is looked up and not created
    Given ada is a user in Okta
    And "Create Users" is off in the app
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
    And Okta accepts every response
    And the administrator sees an error about "Matching user not found"
    And the unrelated user is unchanged

  @id:create-off-match @server
  Scenario: Without Create Users, Okta still links to an existing user
    Given the server already has the user ada
    And ada also exists in Okta
    And "Create Users" is off in the app
    When ada is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And the unrelated user is unchanged

  @id:update-off @sabotage:to-app-off @agent
  Scenario: Without Update User Attributes, Okta sends no change
    Given ada is a user in Okta
    And ada is assigned to the app
    And "Update User Attributes" is off in the app
    And events emitted so far are ignored
    When ada's displayName becomes "Ada Countess" in Okta
    Then Okta sends nothing
    And no events follow

  @id:deactivate-off @sabotage:to-app-off @agent
  Scenario: Without Deactivate Users, an unassigned user stays active
    Given ada is a user in Okta
    And ada is assigned to the app
    And "Deactivate Users" is off in the app
    And events emitted so far are ignored
    When ada is unassigned from the app
    Then Okta sends nothing
    And the server stores ada as active, with the values Okta sent
    And no events follow

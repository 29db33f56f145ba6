@users
Feature: Connect
  Before anything else an administrator gives Okta the base URL and a credential and presses "Test API Credentials".
  Okta asks for two users, whoever they are, and looks at nothing but the list: a status other than 200, a body that is
  no JSON object or a list without Resources ends the setup, and counters as strings end it later, at the first lookup.
  Saving asks the same once more.

  Sources: documented (REF20, KB) and captured (ROSTR); `scimulate habits` says what these keys stand for. With "Import
  Groups" ticked Okta asks for two pages more; the app of these scenarios has it off.

  @id:test-credentials @server
  Scenario: Testing the credentials asks for one short list of users
    Given a bystander on the server
    When the administrator tests the connection
    Then Okta sends
      | both                            |
      | GET /Users?startIndex=1&count=2 |
    And the server answers as Okta needs
    And the administrator sees no error

  @id:save @server
  Scenario: Saving the connection asks once more
    Given a bystander on the server
    When the administrator saves the connection
    Then Okta sends
      | both                            |
      | GET /Users?startIndex=1&count=2 |
    And the server answers as Okta needs
    And the administrator sees no error

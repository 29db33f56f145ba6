@users
Feature: Connect
  First, an administrator enters the base URL and a credential in Okta and selects "Test API Credentials". Okta requests a
  page of two users and reads only the list, not the users in it. A status other than 200, a body that is not a JSON object,
  or a list without Resources ends the setup. Counters that are strings end it later, at the first lookup. Saving the
  connection sends the same request again.

  Sources: documented (REF20, KB) and captured (ROSTR); `scimulate habits` explains these keys. If "Import Groups" is
  selected, Okta requests two more pages; it is not selected in these scenarios.

  @id:test-credentials @server
  Scenario: Testing the credentials requests one short list of users
    Given an unrelated user on the server
    When the administrator tests the connection
    Then Okta sends
      | both                            |
      | GET /Users?startIndex=1&count=2 |
    And Okta accepts every response
    And the administrator sees no error

  @id:save @server
  Scenario: Saving the connection sends the request again
    Given an unrelated user on the server
    When the administrator saves the connection
    Then Okta sends
      | both                            |
      | GET /Users?startIndex=1&count=2 |
    And Okta accepts every response
    And the administrator sees no error

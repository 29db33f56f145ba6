@users @password
Feature: Passwords
  With Sync Password on, Okta sends the password of a new user with the create, and each later change: a catalog app
  by PATCH, an app made with the wizard by reading and replacing the user. A server without passwords of its own accepts
  the value and discards it.

  Sources: documented (REF20) and part of Okta's test plan (C9301, C9302). The body of the PATCH is inferred from Okta's
  other PATCH requests.

  @id:change @server
  Scenario: A changed password is accepted
    Given "Sync Password" is on in the app
    And ada is a user in Okta
    And ada is assigned to the app
    When ada's password changes in Okta
    Then Okta sends
      | oin                       | aiw                        |
      | PATCH /Users/ada password | GET /Users/ada             |
      |                           | PUT /Users/ada active=true |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent

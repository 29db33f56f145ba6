@users @password
Feature: Passwords
  With Sync Password on, Okta sends the password of a new user with the create, and each later change: a catalog app
  by PATCH, an app made with the wizard by reading and replacing the user. With Sync Password off, each create still has a
  password: a random one of eight characters. A server without passwords of its own accepts the value and discards it.

  Sources: documented (REF20, CONNECT), captured for the random password (ROSTR), and part of Okta's test plan (C9301,
  C9302). The body of the PATCH is inferred from Okta's other PATCH requests.

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

  @id:create @server @once
  Scenario: With Sync Password, a new user is created with the Okta password
    Given "Sync Password" is on in the app
    And ada is a user in Okta
    When ada is assigned to the app
    Then Okta sends
      | oin                                                        |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                    |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent

  @id:off @server @once
  Scenario: Without Sync Password, a new user is created with a random password
    Given "Sync Password" is off in the app
    And ada is a user in Okta
    When ada is assigned to the app
    Then Okta sends
      | oin                                                        |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                    |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent

  @id:change-off @sabotage:password-off @agent
  Scenario: Without Sync Password, a changed password is not sent
    Given ada is a user in Okta
    And ada is assigned to the app
    When ada's password changes in Okta
    Then Okta sends nothing

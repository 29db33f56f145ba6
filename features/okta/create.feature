@users
Feature: Create
  When a user is assigned to the app, Okta first looks the user up by userName. If there is no match, Okta creates the user.
  If there is exactly one, Okta links to it and writes its own profile to it, so that no user gets a second account. A server
  whose lookup returns the wrong user gives one user's account to another. A server that hides inactive users receives a
  create for a userName that is taken.

  Sources: the lookup, the create and the link are documented (REF20) and captured (ROSTR, FIREZONE). It is inferred that a
  catalog app (OIN) activates an inactive match by PATCH before it reads and writes the profile.

  Background:
    Given an unrelated user on the server

  @id:new @server
  Scenario: A user who is not on the server is created
    Given ada is a user in Okta
    When ada is assigned to the app
    Then Okta sends
      | both                                                         |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                      |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And these events follow
      | dsync.user.created ada (active) |
    And the unrelated user is unchanged

  @id:two @server
  Scenario: Two users who are assigned together are both created
    Given ada and ben are users in Okta
    When ada and ben are assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada and ben as active, with the values Okta sent
    And these events follow
      | dsync.user.created ada (active) |
      | dsync.user.created ben (active) |

  @id:existing @server
  Scenario: Okta links to a user who is already on the server
    Given the server already has the user ada
    And ada also exists in Okta
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | GET /Users/ada                                             |
      | PUT /Users/ada active=true                                 |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And the unrelated user is unchanged

  @id:existing-inactive @server
  Scenario: Okta finds, links and activates an inactive user
    Given the server already has the inactive user ada
    And ada also exists in Okta
    When ada is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And the unrelated user is unchanged

  @id:shared-email @server @once
  Scenario: A user with the e-mail address of another user
    Given the server already has the user ben
    And ada is a user in Okta with the e-mail address of ben
    When ada is assigned to the app
    Then the server creates ada, or refuses the e-mail address as taken
    And the unrelated user is unchanged

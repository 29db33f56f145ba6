@users
Feature: Reactivate
  Okta looks up a user who is assigned again, as it does before a create. The lookup must find the inactive user, so that
  Okta activates the same account: a server that hides inactive users gets a create for a userName that is taken. The pushed
  groups follow, so the user is a member again. A directory that keeps deactivated users reports the same user again; one
  that deletes them reports a new user.

  Sources: captured for the AIW app (AZLAB-10, AZLAB-11); documented that the same user returns (Okta's CRUD test, test
  plan C9293); the order of PATCH, GET and PUT of a catalog app is inferred. WorkOS documents a new user for a directory
  that deletes; notes on its migration proxy say that the old one returns there too. These scenarios follow the
  documentation.

  Background:
    Given an unrelated user on the server

  @id:reassign @server
  Scenario: A user who is assigned again becomes active again, as the same user
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is unassigned from the app
    And events emitted so far are ignored
    When ada is assigned to the app
    Then Okta sends
      | oin                                                        | aiw                                                        |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | PATCH /Users/ada active=true                               | GET /Users/ada                                             |
      | GET /Users/ada                                             | PUT /Users/ada active=true                                 |
      | PUT /Users/ada active=true                                 | GET /Users/ada                                             |
      |                                                            | PUT /Users/ada active=true                                 |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And these events follow
      | keep                                             | delete                          |
      | dsync.user.updated ada: state inactive -> active | dsync.user.created ada (active) |
    And the unrelated user is unchanged

  @id:back-from-deactivation @server
  Scenario: A user reactivated in Okta is active on the server once assigned again
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And ada is reactivated in Okta
    And events emitted so far are ignored
    When ada is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And these events follow
      | keep                                             | delete                          |
      | dsync.user.updated ada: state inactive -> active | dsync.user.created ada (active) |
    And the unrelated user is unchanged

  @id:back-in-groups @server
  Scenario: A user who is assigned again is back in the pushed groups
    Given ada and ben are users in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And ada is unassigned from the app
    And events emitted so far are ignored
    When ada is assigned to the app
    Then Okta sends
      | oin                                                        | aiw                                                        |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | PATCH /Users/ada active=true                               | GET /Users/ada                                             |
      | GET /Users/ada                                             | PUT /Users/ada active=true                                 |
      | PUT /Users/ada active=true                                 | GET /Users/ada                                             |
      | PATCH /Groups/crew add ada                                 | PUT /Users/ada active=true                                 |
      | PATCH /Groups/crew named crew                              | GET /Groups/crew                                           |
      |                                                            | PUT /Groups/crew named crew with ada+ben                   |
      |                                                            | GET /Groups/crew                                           |
      |                                                            | PUT /Groups/crew named crew with ada+ben                   |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And the group crew on the server has exactly these members: ada and ben
    And these events follow
      | keep                                             | delete                             |
      | dsync.user.updated ada: state inactive -> active | dsync.user.created ada (active)    |
      |                                                  | dsync.group.user_added ada in crew |
    And the unrelated user is unchanged

  @id:reactivation-alone @sabotage:reactivation @agent
  Scenario: Reactivation in Okta alone sends nothing
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And events emitted so far are ignored
    When ada is reactivated in Okta
    Then Okta sends nothing
    And no events follow

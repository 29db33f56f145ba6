Feature: Reactivate
  Somebody who comes back is looked up like somebody new. The server must find the inactive user, so that the same
  account is switched on again: a server that hides it gets a create for a userName that is taken.
  A directory that keeps whom it deactivates has the same person again; one that deletes them has a new person.

  Sources: that the same user comes back is documented (Okta's CRUD test, test plan C9293); the order of PATCH, GET and
  PUT is inferred. WorkOS documents the new person of a directory that deletes; notes on its migration proxy say that
  the old one comes back there too. These scenarios follow the documentation.

  Background:
    Given a bystander on the server

  @id:reassign @server
  Scenario: Somebody assigned again becomes active again, as the same user
    Given ada is a person in Okta
    And ada is assigned to the app
    And ada is unassigned from the app
    And the events so far don't matter
    When ada is assigned to the app
    Then Okta sends
      | oin                                                        | aiw                                                        |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | PATCH /Users/ada active=true                               | GET /Users/ada                                             |
      | GET /Users/ada                                             | PUT /Users/ada active=true                                 |
      | PUT /Users/ada active=true                                 |                                                            |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And these events follow
      | keep                                             | delete                          |
      | dsync.user.updated ada: state inactive -> active | dsync.user.created ada (active) |
    And the bystander is untouched

  @id:back-from-deactivation @server
  Scenario: Somebody reactivated in Okta is active on the server once assigned again
    Given ada is a person in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And ada is reactivated in Okta
    And the events so far don't matter
    When ada is assigned to the app
    Then the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And these events follow
      | keep                                             | delete                          |
      | dsync.user.updated ada: state inactive -> active | dsync.user.created ada (active) |
    And the bystander is untouched

  @id:reactivation-alone @sabotage:reactivation @agent
  Scenario: Reactivation in Okta alone sends nothing
    Given ada is a person in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And the events so far don't matter
    When ada is reactivated in Okta
    Then Okta sends nothing
    And no events follow

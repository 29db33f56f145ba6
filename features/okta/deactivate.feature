@users
Feature: Deactivate
  Okta never deletes a user on the server. A user who loses the app, for any reason, is deactivated: a catalog app (OIN)
  sends a PATCH; an app created with the App Integration Wizard (AIW) reads the user and replaces it by PUT. If the server
  ignores the request, a person who left keeps access.

  A setting of the directory decides whether it keeps a deactivated user as inactive or deletes it. Where the events differ,
  their table has a column for `keep` and one for `delete`.

  Sources: the requests are documented (REF20), those of the AIW app also captured (ROSTR, FIREZONE). Both settings of a
  directory are documented by WorkOS.

  Background:
    Given an unrelated user on the server

  @id:unassign @server
  Scenario: A user unassigned from the app becomes inactive
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada is unassigned from the app
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ada active=false | GET /Users/ada              |
      |                               | PUT /Users/ada active=false |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as inactive, with the values Okta sent
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ada: state active -> inactive | dsync.user.deleted ada |

  @id:deactivated-in-okta @server
  Scenario: A user deactivated in Okta becomes inactive
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada is deactivated in Okta
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ada active=false | GET /Users/ada              |
      |                               | PUT /Users/ada active=false |
    And Okta accepts every response
    And the server stores ada as inactive, with the values Okta sent
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ada: state active -> inactive | dsync.user.deleted ada |

  @id:still-found @server
  Scenario: A lookup still finds an inactive user
    Given ada is a user in Okta
    And ada is assigned to the app
    When ada is unassigned from the app
    Then the server stores ada as inactive, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And the unrelated user is unchanged

  @id:one-of-two @server
  Scenario: Only the unassigned user becomes inactive
    Given ada and ben are users in Okta
    And ada and ben are assigned to the app
    And events emitted so far are ignored
    When ben is unassigned from the app
    Then Okta accepts every response
    And the server stores ben as inactive, with the values Okta sent
    And the server stores ada as active, with the values Okta sent
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ben: state active -> inactive | dsync.user.deleted ben |

  @id:inactive-already @server
  Scenario: A user who is inactive already can be deactivated
    Given ada is a user in Okta
    And ada is assigned to the app
    And another client of the server deactivates ada
    When ada is unassigned from the app
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ada active=false | GET /Users/ada              |
      |                               | PUT /Users/ada active=false |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as inactive, with the values Okta sent

  @id:deleted-in-okta @sabotage:deletion @agent
  Scenario: Deleting a deactivated user sends nothing
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And events emitted so far are ignored
    When ada is deleted in Okta
    Then Okta sends nothing
    And the server stores ada as inactive, with the values Okta sent
    And no events follow

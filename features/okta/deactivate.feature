@users
Feature: Deactivate
  Okta never deletes a user on the server. Whoever loses the app, for whatever reason, is set to inactive: by a PATCH
  from a catalogue app, by reading and writing the whole user from an app made with the wizard. A server that ignores
  the PATCH, or answers it with the old state, leaves people in who should be out.

  What the directory makes of it is a setting of the directory: the person is kept there, inactive, or deleted. Where
  the events differ, their table has a column for `keep` and one for `delete`.

  Sources: the requests are documented (REF20), those of the wizard app also captured (ROSTR, FIREZONE). Both settings
  of a directory are documented by WorkOS.

  Background:
    Given a bystander on the server

  @id:unassign @server
  Scenario: A user unassigned from the app becomes inactive
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada is unassigned from the app
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ada active=false | GET /Users/ada              |
      |                               | PUT /Users/ada active=false |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, inactive
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ada: state active -> inactive | dsync.user.deleted ada |

  @id:deactivated-in-okta @server
  Scenario: Somebody deactivated in Okta becomes inactive
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada is deactivated in Okta
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ada active=false | GET /Users/ada              |
      |                               | PUT /Users/ada active=false |
    And the server answers as Okta needs
    And the server has ada as Okta sent her, inactive
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ada: state active -> inactive | dsync.user.deleted ada |

  @id:still-found @server
  Scenario: An inactive user can still be looked up
    Given ada is a person in Okta
    And ada is assigned to the app
    When ada is unassigned from the app
    Then the server has ada as Okta sent her, inactive
    And looking up ada's userName finds exactly her
    And the bystander is untouched

  @id:one-of-two @server
  Scenario: Only the one who left becomes inactive
    Given ada and ben are people in Okta
    And ada and ben are assigned to the app
    And the events so far don't matter
    When ben is unassigned from the app
    Then the server answers as Okta needs
    And the server has ben as Okta sent him, inactive
    And the server has ada as Okta sent her, active
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ben: state active -> inactive | dsync.user.deleted ben |

  @id:deleted-in-okta @sabotage:deletion @agent
  Scenario: Deleting somebody who is already deactivated sends nothing more
    Given ada is a person in Okta
    And ada is assigned to the app
    And ada is deactivated in Okta
    And the events so far don't matter
    When ada is deleted in Okta
    Then Okta sends nothing
    And the server has ada as Okta sent her, inactive
    And no events follow

@users
Feature: Assignment through a group
  An app can be assigned to a group; then everybody in it gets the app, and whoever leaves the group loses it. When the
  same group is pushed as well, Okta sends the deactivation of the one who left and nothing about the membership: no
  directory event tells that the person left the group. Assign people directly and push another group, and it comes.

  Sources: Okta documents that one group for both is not supported (HELP) and not what it sends then. Two vendors
  describe what stands here (ATLASSIAN, WORKOSDOC); a third (OPTI) and Okta's own test plan (C9333) let the membership
  go as well, which the habit same-group-leave plays. Nobody has published a capture.

  Background:
    Given a bystander on the server

  @id:assign @server
  Scenario: Everybody in an assigned group is created
    Given ada and ben are people in Okta
    And the group staff in Okta with ada and ben
    When everybody in staff is assigned to the app
    Then the server answers as Okta needs
    And the administrator sees no error
    And the server has ada and ben as Okta sent them, active
    And these events follow
      | dsync.user.created ada (active) |
      | dsync.user.created ben (active) |
    And the bystander is untouched

  @id:leave @server
  Scenario: Whoever leaves a group that is assigned and pushed becomes inactive, and no membership event comes
    Given ada and ben are people in Okta
    And the group staff in Okta with ada and ben
    And everybody in staff is assigned to the app
    And the group staff is pushed
    And the events so far don't matter
    When ben leaves the group staff in Okta
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ben active=false | GET /Users/ben              |
      |                               | PUT /Users/ben active=false |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ben as Okta sent him, inactive
    And the server has ada as Okta sent her, active
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ben: state active -> inactive | dsync.user.deleted ben |

  @id:leave-direct @server
  Scenario: With a direct assignment and a pushed group the membership event comes
    Given ada and ben are people in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And the events so far don't matter
    When ben leaves the group crew in Okta
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada
    And the server has ben as Okta sent him, active
    And these events follow
      | dsync.group.user_removed ben in crew |

  @id:two-ways @sabotage:second-assignment @agent
  Scenario: Somebody who has the app in two ways keeps it when one ends
    Given ada is a person in Okta
    And the group staff in Okta with ada
    And ada is assigned to the app
    And everybody in staff is assigned to the app
    And the events so far don't matter
    When ada leaves the group staff in Okta
    Then Okta sends nothing
    And the server has ada as Okta sent her, active
    And no events follow

@users
Feature: Assignment through a group
  An app can be assigned to a group: every member gets the app, and a user who is removed from the group loses it. If the
  same group is also pushed, Okta deactivates the removed user and sends nothing about the membership, so no directory event
  reports that the user left the group. To receive that event, assign the app through one group and push a different one.

  Sources: Okta documents that one group for both is not supported (HELP), but not what it sends then. Two vendors describe
  the behavior of these scenarios (ATLASSIAN, WORKOSDOC). According to a third (OPTI) and Okta's own test plan (C9333), Okta
  removes the membership too; the habit same-group-leave simulates that. No capture is published.

  Background:
    Given an unrelated user on the server

  @id:assign @server
  Scenario: Every member of an assigned group is created
    Given ada and ben are users in Okta
    And the group staff in Okta with ada and ben
    When the group staff is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada and ben as active, with the values Okta sent
    And these events follow
      | dsync.user.created ada (active) |
      | dsync.user.created ben (active) |
    And the unrelated user is unchanged

  @id:leave @server
  Scenario: A user removed from a group that is assigned and pushed becomes inactive, without a membership event
    Given ada and ben are users in Okta
    And the group staff in Okta with ada and ben
    And the group staff is assigned to the app
    And the group staff is pushed
    And events emitted so far are ignored
    When ben is removed from the group staff in Okta
    Then Okta sends
      | oin                           | aiw                         |
      | PATCH /Users/ben active=false | GET /Users/ben              |
      |                               | PUT /Users/ben active=false |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ben as inactive, with the values Okta sent
    And the server stores ada as active, with the values Okta sent
    And these events follow
      | keep                                             | delete                 |
      | dsync.user.updated ben: state active -> inactive | dsync.user.deleted ben |

  @id:leave-direct @server
  Scenario: With a direct assignment and a pushed group, a removal emits the membership event
    Given ada and ben are users in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And events emitted so far are ignored
    When ben is removed from the group crew in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And the server stores ben as active, with the values Okta sent
    And these events follow
      | dsync.group.user_removed ben in crew |

  @id:two-ways @sabotage:second-assignment @agent
  Scenario: A user with two assignments keeps the app when one ends
    Given ada is a user in Okta
    And the group staff in Okta with ada
    And ada is assigned to the app
    And the group staff is assigned to the app
    And events emitted so far are ignored
    When ada is removed from the group staff in Okta
    Then Okta sends nothing
    And the server stores ada as active, with the values Okta sent
    And no events follow

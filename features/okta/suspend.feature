@agent @users
Feature: Suspend and unsuspend
  A suspended user cannot sign in to Okta. Okta sends nothing to any app, so the user stays active on the server and in the
  directory. This surprises many: suspension does not deprovision.

  Sources: documented (REF20), and reported by vendors (JACKSON, WORKOSDOC). Until July 2021 Okta's page said that the user
  is deactivated; the habit suspend simulates that.

  Background:
    Given an unrelated user on the server

  @id:suspend @habit:suspend=deactivate
  Scenario: Suspension sends nothing, and the user stays active
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada is suspended in Okta
    Then Okta sends nothing
    And the server stores ada as active, with the values Okta sent
    And no events follow

  @id:unsuspend @habit:suspend=deactivate
  Scenario: Unsuspending sends nothing either
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is suspended in Okta
    And events emitted so far are ignored
    When ada is unsuspended in Okta
    Then Okta sends nothing
    And the server stores ada as active, with the values Okta sent
    And no events follow

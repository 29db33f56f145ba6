@agent @users
Feature: Suspend and unsuspend
  Suspending somebody only stops them from logging in to Okta. Nothing is sent to any app, so the user stays active on
  the server and in the directory. This is the most common surprise: suspension is no deprovisioning.

  Sources: documented (REF20) and said by vendors (JACKSON, WORKOSDOC). Until July 2021 Okta's page said that the user
  is deactivated; the habit suspend plays that.

  Background:
    Given a bystander on the server

  @id:suspend @habit:suspend=deactivate
  Scenario: Suspension sends nothing, and the person stays active
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada is suspended in Okta
    Then Okta sends nothing
    And the server has ada as Okta sent her, active
    And no events follow

  @id:unsuspend @habit:suspend=deactivate
  Scenario: The end of a suspension sends nothing either
    Given ada is a person in Okta
    And ada is assigned to the app
    And ada is suspended in Okta
    And the events so far don't matter
    When ada is unsuspended in Okta
    Then Okta sends nothing
    And the server has ada as Okta sent her, active
    And no events follow

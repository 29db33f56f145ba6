@server @once @users
Feature: Okta's manual test plan
  Before an integration is published in Okta's catalog (OIN), its author works through a test plan. These scenarios are the
  cases of the plan that ask for more than Okta needs to work.

  Source: okta-scim-test-plan-v2.xlsx, which Okta publishes (documented). The plan permits a server to remove a user who is
  deactivated (C9292), but asks for the same user after the reactivation (C9293).

  @id:same-user
  Scenario: C9293. A user who is assigned again has the same id
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada is unassigned from the app
    When ada is assigned to the app
    Then the administrator sees no error
    And ada has the same id as before

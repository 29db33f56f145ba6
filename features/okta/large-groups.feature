@groups @population
Feature: Large groups
  Okta sends a large membership in batches: a catalog app (OIN) changes at most 100 members with one PATCH, with one operation
  for each removal. An app made with the App Integration Wizard (AIW) sends all members with each PUT. A server that keeps only
  the first members, or does only the first operation of a PATCH, loses people without an error.

  Sources: the batches are documented (SUBMIT), the requests as in push-groups.feature. The people enter Okta by import and
  confirmation, which sends nothing (AZLAB-21, recorded for the AIW app; inferred for the catalog app). Servers with such
  limits have been reported (FUSIONAUTH2784).

  Background:
    Given the population is imported into Okta and assigned to the app
    And the group crew in Okta with all of them

  @id:push @server
  Scenario: A group of 250 members is pushed with all of them
    Given events emitted so far are ignored
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has 250 of them as members
    And the events add 250 of them to the group crew

  @id:remove @server
  Scenario: 150 members who leave a group are removed, and no other member
    Given the group crew is pushed
    And events emitted so far are ignored
    When 150 of them are removed from the group crew in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has 100 of them as members
    And the events remove 150 of them from the group crew

  @id:empty @server
  Scenario: A large group that became empty has no members
    Given the group crew is pushed
    And the push of crew is paused
    And 250 of them are removed from the group crew in Okta
    And events emitted so far are ignored
    When the push of crew is resumed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And the events remove 250 of them from the group crew

@users @import @population
Feature: Import
  An import reads all users in pages of 100. It goes on until it has read as many as `totalResults` says. If a page is empty,
  repeats users or counts only itself, Okta misses users and never links the people to them.

  Sources: documented (REF20). The harness reads the pages itself, at most 30 of them. It runs before the other scenarios,
  which create users.

  @id:page @server @once @serial
  Scenario: The pages of a list contain every user once
    Given the population is on the server
    When all users are read page by page
    Then Okta accepts every page
    And the pages contain all of them
    And no page repeats a user of an earlier page
    And the pages agree on the number of users

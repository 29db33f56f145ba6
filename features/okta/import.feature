@users @import
Feature: Import
  An import reads all users in pages. It goes on until it has read as many as `totalResults` says. If a page is empty,
  repeats users or counts only itself, Okta misses users and never links the people to them.

  Sources: documented (REF20). Okta asks for pages of 100. The small pages of this scenario are the harness's own
  requests, so that a few users are enough. It runs before the other scenarios, which create users.

  @id:page @server @once @serial
  Scenario: The pages of a list contain every user once
    Given the server already has the user ada
    And the server already has the user ben
    And the server already has the user cyd
    When all users are read page by page
    Then Okta accepts every page
    And the pages contain ada, ben and cyd
    And no page repeats a user of an earlier page

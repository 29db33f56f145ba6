@users @import
Feature: Import
  An import reads all users in pages and stops when it has as many as the list says there are. A server that counts only
  the page hides users from Okta; one that ignores the parameters returns the same users with every page.

  Sources: documented (REF20). The page of one user is the harness's own request, so that few users are enough.

  @id:page @server @once
  Scenario: A page has no more users than asked for, and the total counts all of them
    Given the server already has ada
    And the server already has ben
    And the server already has cyd
    When users are read in pages of 1
    Then the page has at most 1 user and a total of at least 3

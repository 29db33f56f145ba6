@users @import
Feature: Import
  An import reads all users page by page until it has read `totalResults` users. A server whose totalResults counts only the
  page hides users from Okta. A server that ignores startIndex and count returns the same users on every page.

  Sources: documented (REF20). The harness itself requests a page of one user, so that few users are enough.

  @id:page @server @once
  Scenario: A page has no more users than requested, and totalResults counts all of them
    Given the server already has the user ada
    And the server already has the user ben
    And the server already has the user cyd
    When the first page of 1 user is requested
    Then the page has at most 1 user, and totalResults is at least 3

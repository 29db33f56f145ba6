@agent @double @users
Feature: Create, where Okta stops
  If the lookup returns several users, or if the create is rejected although the lookup found no user, Okta stops. It shows
  the administrator the server's error and does not provision the user until an administrator retries the task. A retry
  begins with the lookup again.

  Sources: documented (KB-HRMOS, REF20); the retry is captured (AZLAB-13, ROSTR). In one report (LIGHTDASH22402) Okta repeats a rejected create every half hour; the
  habit create-conflict simulates that.

  @id:several @sabotage:several-matches
  Scenario: Several matches stop Okta
    Given ada is a user in Okta
    And a server that responds to the lookup of ada with several matches
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
    And the administrator sees an error about "Multiple users found"

  @id:conflict @habit:create-conflict=again
  Scenario: A conflict after an empty lookup stops Okta without a second lookup
    Given ada is a user in Okta
    And a server that responds to the lookup of ada with no match, then a conflict
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                    |
    And the administrator sees an error about "Conflict"

  @id:retry @sabotage:retry
  Scenario: A create that failed is sent again when the administrator retries it
    Given ada is a user in Okta
    And a server that responds to the lookup of ada with no match, then a failure
    When ada is assigned to the app
    Then the administrator sees an error about "out of disk space"
    When the administrator retries the failed tasks
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                    |
    And the administrator sees an error about "out of disk space"

@agent @double @users
Feature: Create, where Okta stops
  Okta never guesses. When several users have the userName it was looking for, or when the create is refused although
  the lookup found nobody, it stops, shows the administrator what the server said, and leaves the person unprovisioned
  until somebody tries again by hand.

  Sources: documented (KB-HRMOS, REF20). One report (LIGHTDASH22402) saw a refused create again every half hour; the
  habit create-conflict plays that.

  @id:several @sabotage:several-matches
  Scenario: Several matches stop Okta; it never guesses
    Given ada is a person in Okta
    And a server that answers the lookup of ada with several matches
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
    And the administrator sees an error about "Multiple users found"

  @id:conflict @habit:create-conflict=again
  Scenario: A conflict after an empty lookup stops Okta; it does not look again
    Given ada is a person in Okta
    And a server that answers the lookup of ada with nobody, then a conflict
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                    |
    And the administrator sees an error about "Conflict"

@users @attributes
Feature: Update
  Okta sends a change of a mapped attribute at once: it reads the user, overwrites its own values and sends the whole
  document back by PUT. What the server omits from the response to the GET is not in the PUT, and what it drops from the PUT
  is lost: without its externalId a user cannot be matched later.

  Sources: documented (REF20) and captured (ROSTR, FIREZONE). It is inferred that an attribute that the server did not have
  comes at the end of the document.

  Background:
    Given an unrelated user on the server

  @id:mapped @server
  Scenario: A changed attribute is stored, and the others stay
    Given ada is a user in Okta
    And ada's title becomes "Mathematician" in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada's title becomes "Countess" in Okta
    Then Okta sends
      | both                       |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
    And Okta accepts every response
    And the administrator sees no error
    And ada's title on the server is "Countess"
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And these events follow
      | dsync.user.updated ada: job_title Mathematician -> Countess |

  @id:name @server
  Scenario: A new last name is stored and emitted
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada's lastName becomes "Byron" in Okta
    Then Okta accepts every response
    And the server stores ada as active, with the values Okta sent
    And these events follow
      | dsync.user.updated ada: last_name * -> Byron* |

  @id:username @server
  Scenario: A new userName changes the same user
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada's userName changes in Okta
    Then Okta sends
      | both                       |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada
    And a lookup of ada's old userName finds no user
    And these events follow
      | dsync.user.updated ada: username ada-before -> ada |
    And the unrelated user is unchanged

  @id:unmapped @sabotage:unmapped-change @agent
  Scenario: A change of an unmapped attribute sends nothing
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada's favouriteColour becomes "green" in Okta
    Then Okta sends nothing
    And no events follow

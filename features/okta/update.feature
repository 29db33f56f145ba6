@users @attributes
Feature: Update
  Okta sends a change of a mapped attribute at once: it reads the user, overwrites its own values and sends the whole
  document back by PUT. What the server omits from the response to the GET is not in the PUT, and what it drops from the PUT
  is lost: without its externalId a user cannot be matched later.

  Sources: documented (REF20, HELP for Force Sync) and captured (ROSTR, FIREZONE; AZLAB-13 for the retry of a failed task).
  It is inferred that an attribute that the server did not have comes at the end of the document.

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

  @id:old-name-again @server @once
  Scenario: The old userName of a user can be given to another user
    Given ada is a user in Okta
    And ada is assigned to the app
    And ada's userName changes in Okta
    And a lookup of ada's userName finds only ada
    And ben is a user in Okta with the former userName of ada
    When ben is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ben as active, with the values Okta sent
    And the server stores ada as active, with the values Okta sent

  @id:taken-name @server @once
  Scenario: A userName that another user has is refused
    Given the server already has the user ben
    And ada is a user in Okta
    And ada is assigned to the app
    When ada's userName becomes that of ben in Okta
    Then the server refuses the userName as taken

  @id:retry @server @once
  Scenario: A change that was refused succeeds when it is retried
    Given the server already has the user ben
    And ada is a user in Okta
    And ada is assigned to the app
    When ada's userName becomes that of ben in Okta
    Then the server refuses the userName as taken
    When another client of the server gives ben another userName
    And the administrator retries the failed tasks
    Then Okta sends
      | oin                        |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent
    And a lookup of ada's userName finds only ada

  @id:force-sync @server @once
  Scenario: Force Sync sends every user again and changes nothing
    Given ada and ben are users in Okta
    And ada and ben are assigned to the app
    And events emitted so far are ignored
    When "Force Sync" is used for the app
    Then Okta sends
      | oin                        |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
      | GET /Users/ben             |
      | PUT /Users/ben active=true |
    And Okta accepts every response
    And the administrator sees no error
    And the server stores ada and ben as active, with the values Okta sent
    And no events follow

  @id:in-a-group @groups @server @once
  Scenario: A user who changes stays in the groups
    Given ada is a user in Okta
    And ada is assigned to the app
    And the server already has a group named crew with ada
    And the group crew on the server has exactly these members: ada
    When ada's title becomes "Countess" in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server still has exactly these members: ada

  @id:unmapped @sabotage:unmapped-change @agent
  Scenario: A change of an unmapped attribute sends nothing
    Given ada is a user in Okta
    And ada is assigned to the app
    And events emitted so far are ignored
    When ada's favouriteColour becomes "green" in Okta
    Then Okta sends nothing
    And no events follow

@users @attributes
Feature: Update
  A change of a mapped attribute reaches the server at once: Okta reads the user and writes the whole document back with
  its own values laid over it. What the server leaves out of its answer to the read is gone after the write, and what it
  drops from the write is gone from then on: an externalId lost here can't be matched later.

  Sources: documented (REF20) and captured (ROSTR, FIREZONE). Where an attribute stands that the server did not have
  before is inferred: at the end.

  Background:
    Given a bystander on the server

  @id:mapped @server
  Scenario: A mapped attribute is written, and the rest stays
    Given ada is a person in Okta
    And ada's title becomes "Mathematician" in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada's title becomes "Countess" in Okta
    Then Okta sends
      | both                       |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
    And the server answers as Okta needs
    And the administrator sees no error
    And ada's title on the server is "Countess"
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And these events follow
      | dsync.user.updated ada: job_title Mathematician -> Countess |

  @id:name @server
  Scenario: A new family name reaches the directory
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada's lastName becomes "Byron" in Okta
    Then the server answers as Okta needs
    And the server has ada as Okta sent her, active
    And these events follow
      | dsync.user.updated ada: last_name * -> Byron* |

  @id:username @server
  Scenario: A new userName goes to the same user
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada's userName changes in Okta
    Then Okta sends
      | both                       |
      | GET /Users/ada             |
      | PUT /Users/ada active=true |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And looking up ada's old userName finds nobody
    And these events follow
      | dsync.user.updated ada: username ada-before -> ada |
    And the bystander is untouched

  @id:unmapped @sabotage:unmapped-change @agent
  Scenario: A change that no mapping row carries sends nothing
    Given ada is a person in Okta
    And ada is assigned to the app
    And the events so far don't matter
    When ada's favouriteColour becomes "green" in Okta
    Then Okta sends nothing
    And no events follow

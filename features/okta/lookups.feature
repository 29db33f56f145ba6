@users @once
Feature: Lookups of unusual names
  Okta looks a person up by userName before it creates or links a user. Real userNames have capitals, apostrophes and
  plus signs; names have letters beyond ASCII, quotes and signs. A lookup that finds too much links a person to the account of
  another one. A lookup that finds too little leads to a create that conflicts, or to a second account.

  Sources: the lookup and what follows are documented (REF20, KB-HRMOS). The names are examples; RFC 5322 permits them in
  e-mail addresses.

  @id:contained @server
  Scenario: A userName that is part of another userName is another user
    Given the server already has the user joann
    And ann is a user in Okta
    When ann is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ann as active, with the values Okta sent
    And a lookup of ann's userName finds only ann

  @id:capitals @server
  Scenario: A userName with capitals
    Given grace is a user in Okta with
      | login | Grace.Hopper |
    When grace is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores grace as active, with the values Okta sent
    And a lookup of grace's userName finds only grace

  @id:apostrophe @server
  Scenario: A userName with an apostrophe
    Given maeve is a user in Okta with
      | login | maeve.o'neil |
    When maeve is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores maeve as active, with the values Okta sent
    And a lookup of maeve's userName finds only maeve

  @id:plus @server
  Scenario: A userName with a plus sign
    Given pat is a user in Okta with
      | login | pat+crm |
    When pat is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores pat as active, with the values Okta sent
    And a lookup of pat's userName finds only pat

  @id:names @server
  Scenario: Names with letters beyond ASCII
    Given zoe is a user in Okta with
      | firstName | Zoë         |
      | lastName  | Søndergård  |
    When zoe is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores zoe as active, with the values Okta sent
    And a lookup of zoe's userName finds only zoe

  @id:quotes @server
  Scenario: Names with quotes and apostrophes
    Given zoe is a user in Okta with
      | firstName | Zoe "Zo"  |
      | lastName  | O'Neil    |
    When zoe is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores zoe as active, with the values Okta sent
    And a lookup of zoe's userName finds only zoe

  @id:ampersand @server
  Scenario: A name with an ampersand
    Given zoe is a user in Okta with
      | firstName | Zoe            |
      | lastName  | Lee & Perrins  |
    When zoe is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores zoe as active, with the values Okta sent
    And a lookup of zoe's userName finds only zoe

  @id:slash @server
  Scenario: A name with a slash
    Given zoe is a user in Okta with
      | firstName | Zoe        |
      | lastName  | Lee / Ray  |
    When zoe is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores zoe as active, with the values Okta sent
    And a lookup of zoe's userName finds only zoe

  @id:percent @server
  Scenario: A name with a percent sign
    Given zoe is a user in Okta with
      | firstName | Zoe           |
      | lastName  | Lee%20Ray 5 % |
    When zoe is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores zoe as active, with the values Okta sent
    And a lookup of zoe's userName finds only zoe

  @id:beyond-ascii @server
  Scenario: A userName with letters beyond ASCII
    Given lukasz is a user in Okta with
      | login | łukasz |
    When lukasz is assigned to the app
    Then Okta accepts every response
    And a lookup of lukasz's userName finds only lukasz, if the server accepted it

  @id:other-case @server
  Scenario: An inactive user whose userName is in capital letters is the same user
    Given the server already has the inactive user ada, with the userName in capital letters
    And ada also exists in Okta
    When ada is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores ada as active, with the values Okta sent

@groups
Feature: Names of groups
  Okta finds a group on the server by its name alone. A lookup that finds too much links a pushed group to a group of another
  name, and a lookup that finds too little leads to a second group. Names of groups are free text in Okta: they have quotes,
  signs and letters of every language, and a name can be used again after its group is deleted.

  Sources: the lookup and the create are documented (REF20) and captured (ROSTR, GOSCIM57). The names are examples. That a
  deleted name can be used again is inferred: Okta does not keep the id of a group that it unlinked (test plan C9321, C9322).

  @id:contained @server
  Scenario: A group whose name begins with another group's name is another group
    Given the empty group crew in Okta
    And the server already has a group whose name begins with that of the group crew
    And events emitted so far are ignored
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And a lookup of the group crew by name finds only that group
    And these events follow
      | dsync.group.created crew |

  @id:quotes @server @once
  Scenario: A group name with quotes
    Given the empty group crew in Okta, whose name begins with 'The "A" crew'
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And a lookup of the group crew by name finds only that group

  @id:letters @server @once
  Scenario: A group name with letters beyond ASCII
    Given the empty group crew in Okta, whose name begins with 'Équipe Łódź 東京'
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And a lookup of the group crew by name finds only that group

  @id:signs @server @once
  Scenario: A group name with an ampersand, a slash, a plus sign and a percent sign
    Given the empty group crew in Okta, whose name begins with 'R&D / QA + 5 %'
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And a lookup of the group crew by name finds only that group

  @id:again @server
  Scenario: The name of a deleted group is used again
    Given ada is a user in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the group crew is unlinked and deleted on the server
    And events emitted so far are ignored
    When the group crew is pushed
    Then Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And a lookup of the group crew by name finds only that group
    And these events follow
      | dsync.group.created crew           |
      | dsync.group.user_added ada in crew |

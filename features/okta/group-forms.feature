@groups
Feature: Forms of a group push
  Okta has sent more than one form of the same change of a group: the form depends on the app and on the year. Each of these
  scenarios sends one such form by itself, so that a server that rejects it knows which one. The habit in the first step
  selects the form; `scimulate habits` lists all habits.

  Sources: captured for the catalog app (METATAVU101, SCIMGW112, SCIMGW113) and documented by another vendor (TEALIUM);
  captured for the AIW app (AZLAB-16, SID247, SID697). That an AIW app keeps the members that the server had is part of
  Okta's test plan (C9315, C9322, C9330) and contradicts a capture (AZLAB-18).

  @id:replace-without-path @oin @server
  Scenario: Push now replaces the members without a path
    Given Okta has the habit replace-members=value
    And ada and ben are users in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada
    And an unrelated group on the server
    And the server already has a group named crew with bystander
    And the group crew is pushed
    And events emitted so far are ignored
    When "Push now" is used for the group crew
    Then Okta sends
      | oin                            |
      | PATCH /Groups/crew replace ada |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And these events follow
      | dsync.group.user_removed bystander in crew |
    And the unrelated group is unchanged

  @id:empty-without-path @oin @server
  Scenario: Push now removes the last member without a path, and repeats the name
    Given Okta has the habit replace-members=value-with-name
    And an unrelated group on the server
    And the empty group crew in Okta
    And the server already has a group named crew with bystander
    And the group crew is pushed
    And events emitted so far are ignored
    When "Push now" is used for the group crew
    Then Okta sends
      | oin                                              |
      | PATCH /Groups/crew replace no members named crew |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has no members
    And these events follow
      | dsync.group.user_removed bystander in crew |
    And the unrelated group is unchanged

  @id:name-first @oin @server
  Scenario: A new group gets its name once more before its members
    Given Okta has the habit rename-order=first
    And ada is a user in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And events emitted so far are ignored
    When the group crew is pushed
    Then Okta sends
      | oin                                                             |
      | GET /Groups?filter=displayName eq "crew"&startIndex=1&count=100 |
      | POST /Groups named crew with no members                         |
      | GET /Groups/crew                                                |
      | PATCH /Groups/crew named crew                                   |
      | PATCH /Groups/crew add ada                                      |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And these events follow
      | dsync.group.created crew           |
      | dsync.group.user_added ada in crew |

  @id:create-without-members @aiw @server
  Scenario: A new group of an AIW app gets its members after it is created
    Given Okta has the habit post-group-members=empty
    And ada is a user in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And events emitted so far are ignored
    When the group crew is pushed
    Then Okta sends
      | aiw                                                             |
      | GET /Groups?filter=displayName eq "crew"&startIndex=1&count=100 |
      | POST /Groups named crew with no members                         |
      | GET /Groups/crew                                                |
      | PUT /Groups/crew named crew with ada                            |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And these events follow
      | dsync.group.created crew           |
      | dsync.group.user_added ada in crew |

  @id:one-round @aiw @server
  Scenario: An AIW app removes a member in one round of GET and PUT
    Given Okta has the habit group-rounds=one
    And ada and ben are users in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And events emitted so far are ignored
    When ben is removed from the group crew in Okta
    Then Okta sends
      | aiw                                  |
      | GET /Groups/crew                     |
      | PUT /Groups/crew named crew with ada |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And these events follow
      | dsync.group.user_removed ben in crew |

  @id:push-now-in-pairs @aiw @server
  Scenario: Push now of an AIW app reads the group before each PUT
    Given Okta has the habit push-now=paired
    And ada is a user in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And events emitted so far are ignored
    When "Push now" is used for the group crew
    Then Okta sends
      | aiw                                  |
      | GET /Groups/crew                     |
      | PUT /Groups/crew named crew with ada |
      | GET /Groups/crew                     |
      | PUT /Groups/crew named crew with ada |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada
    And no events follow

  @id:keep-members @aiw @server
  Scenario: An AIW app sends back the members that the server had
    Given Okta has the habit group-put=merge
    And an unrelated group on the server
    And ada is a user in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the server already has a group named crew with bystander
    And events emitted so far are ignored
    When the group crew is pushed
    Then Okta sends
      | aiw                                                             |
      | GET /Groups?filter=displayName eq "crew"&startIndex=1&count=100 |
      | GET /Groups/crew                                                |
      | PUT /Groups/crew named crew with bystander+ada                  |
    And Okta accepts every response
    And the administrator sees no error
    And the group crew on the server has exactly these members: ada and bystander
    And these events follow
      | dsync.group.user_added ada in crew |
    And the unrelated group is unchanged

@groups
Feature: Push groups
  Okta looks a pushed group up by its name, creates it if there is no match, and adds the members who are assigned to the
  app. A catalog app (OIN) then changes single members by PATCH and repeats the name with each change. An app created with
  the App Integration Wizard (AIW) replaces the whole group by PUT, in two rounds of GET and PUT: Okta's own list of active
  members wins, so inactive and foreign members drop out. The statements about members here compare the whole set.

  Sources: captured for the wizard app (AZLAB-7, AZLAB-9, AZLAB-15, AZLAB-16, AZLAB-17, AZLAB-18, ROSTR) and in parts for
  the catalog app (GOSCIM57, SCIMGW112); documented (REF20, HELP, test plan). The captures disagree on whether a catalog
  app repeats the name before or after the members; the habit rename-order switches that.

  Background:
    Given a bystander group on the server

  @id:by-name @server
  Scenario: A group is pushed by its name, with those of its people who have the app
    Given ada, ben and cyd are people in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada, ben and cyd
    And the events so far don't matter
    When the group crew is pushed
    Then Okta sends
      | oin                                                            | aiw                                                            |
      | GET /Groups?filter=displayName eq "crew"&startIndex=1&count=100 | GET /Groups?filter=displayName eq "crew"&startIndex=1&count=100 |
      | POST /Groups named crew with no members                      | POST /Groups named crew with ada+ben                           |
      | PATCH /Groups/crew add ada+ben                                 | GET /Groups/crew                                               |
      | GET /Groups/crew                                               | PUT /Groups/crew named crew with ada+ben                       |
      | PATCH /Groups/crew named crew                                  |                                                                |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and ben
    And looking up the group crew finds exactly that one
    And these events follow
      | dsync.group.created crew             |
      | dsync.group.user_added ada in crew   |
      | dsync.group.user_added ben in crew   |
    And the bystanders are untouched

  @id:empty @server
  Scenario: An empty group is pushed as an empty group
    Given the empty group crew in Okta
    And the events so far don't matter
    When the group crew is pushed
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has no members
    And these events follow
      | dsync.group.created crew |
    And the bystanders are untouched

  @id:existing @oin @server
  Scenario: A catalog app links to a group that exists, and the other members stay
    Given ada is a person in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the server already has a group named crew with bystander
    And the events so far don't matter
    When the group crew is pushed
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and bystander
    And looking up the group crew finds exactly that one

  @id:existing-own-list @aiw @server
  Scenario: A wizard app links to a group that exists, and replaces its members
    Given ada is a person in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the server already has a group named crew with bystander
    And the events so far don't matter
    When the group crew is pushed
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada
    And looking up the group crew finds exactly that one

  @id:rename @server
  Scenario: A renamed group keeps its id and its members
    Given ada is a person in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the events so far don't matter
    When the group crew is renamed to nightshift in Okta
    Then Okta sends
      | oin                                 | aiw                                        |
      | PATCH /Groups/crew named nightshift | GET /Groups/crew                           |
      |                                     | PUT /Groups/crew named nightshift with ada |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada
    And these events follow
      | dsync.group.updated crew: name crew -> nightshift |

  @id:add @server
  Scenario: Somebody who joins is added to those who are there
    Given ada, ben and cyd are people in Okta
    And ada, ben and cyd are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And the events so far don't matter
    When cyd joins the group crew in Okta
    Then Okta sends
      | oin                           | aiw                                          |
      | PATCH /Groups/crew add cyd    | GET /Groups/crew                             |
      | PATCH /Groups/crew named crew | PUT /Groups/crew named crew with ada+ben+cyd |
      |                               | GET /Groups/crew                             |
      |                               | PUT /Groups/crew named crew with ada+ben+cyd |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada, ben and cyd
    And these events follow
      | dsync.group.user_added cyd in crew |

  @id:remove @server
  Scenario: Somebody who leaves is removed, and nobody else
    Given ada, ben and cyd are people in Okta
    And ada, ben and cyd are assigned to the app
    And the group crew in Okta with ada, ben and cyd
    And the group crew is pushed
    And the events so far don't matter
    When ben leaves the group crew in Okta
    Then Okta sends
      | oin                           | aiw                                          |
      | PATCH /Groups/crew remove ben | GET /Groups/crew                             |
      | PATCH /Groups/crew named crew | PUT /Groups/crew named crew with ada+ben+cyd |
      |                               | GET /Groups/crew                             |
      |                               | PUT /Groups/crew named crew with ada+cyd     |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and cyd
    And these events follow
      | dsync.group.user_removed ben in crew |

  @id:swap @server
  Scenario: Joining and leaving at once is one change, removals first
    Given ada, ben and cyd are people in Okta
    And ada, ben and cyd are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And the events so far don't matter
    When cyd joins and ben leaves the group crew in Okta at once
    Then Okta sends
      | oin                                    | aiw                                          |
      | PATCH /Groups/crew remove ben, add cyd | GET /Groups/crew                             |
      | PATCH /Groups/crew named crew          | PUT /Groups/crew named crew with ada+ben+cyd |
      |                                        | GET /Groups/crew                             |
      |                                        | PUT /Groups/crew named crew with ada+cyd     |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and cyd
    And these events follow
      | dsync.group.user_removed ben in crew |
      | dsync.group.user_added cyd in crew   |

  @id:member-without-app @server
  Scenario: A new member without the app changes nothing on the server
    Given ada and ben are people in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the events so far don't matter
    When ben joins the group crew in Okta
    Then Okta sends
      | oin                           | aiw                                  |
      | PATCH /Groups/crew named crew | GET /Groups/crew                     |
      |                               | PUT /Groups/crew named crew with ada |
      |                               | GET /Groups/crew                     |
      |                               | PUT /Groups/crew named crew with ada |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada

  @id:inactive-drops-out @aiw @server
  Scenario: An inactive member drops out of a wizard app's group with the next change
    Given ada, ben and cyd are people in Okta
    And ada, ben and cyd are assigned to the app
    And the group crew in Okta with ada and ben
    And the group crew is pushed
    And ada is unassigned from the app
    And the events so far don't matter
    When cyd joins the group crew in Okta
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ben and cyd
    And these events follow
      | keep                                 | delete                             |
      | dsync.group.user_removed ada in crew | dsync.group.user_added cyd in crew |
      | dsync.group.user_added cyd in crew   |                                    |

  @id:push-now @server
  Scenario: Push now replaces whatever members the server has
    Given ada and ben are people in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada and ben
    And the server already has a group named crew with bystander
    And the group crew is pushed
    And the events so far don't matter
    When the group crew is pushed now
    Then Okta sends
      | oin                                | aiw                                      |
      | PATCH /Groups/crew replace ada+ben | GET /Groups/crew                         |
      |                                    | GET /Groups/crew                         |
      |                                    | PUT /Groups/crew named crew with ada+ben |
      |                                    | PUT /Groups/crew named crew with ada+ben |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and ben
    And the bystanders are untouched

  @id:push-now-empty @server
  Scenario: Push now of an empty group sends an empty list
    Given the empty group crew in Okta
    And the group crew is pushed
    When the group crew is pushed now
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has no members
    And the bystanders are untouched

  @id:unlink-delete @server
  Scenario: Unlinked and deleted, the group is gone and its people stay
    Given ada is a person in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the events so far don't matter
    When the group crew is unlinked and deleted on the server
    Then Okta sends
      | both                |
      | DELETE /Groups/crew |
    And the server answers as Okta needs
    And the administrator sees no error
    And the group crew is gone from the server
    And the server has ada as Okta sent her, active
    And these events follow
      | dsync.group.deleted crew |

  @id:unlink-leave @sabotage:unlink-leave @agent
  Scenario: Unlinked and left, the group stays as it is
    Given ada is a person in Okta
    And ada is assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the events so far don't matter
    When the group crew is unlinked and left on the server
    Then Okta sends nothing
    And the group crew on the server has exactly ada
    And no events follow

  @id:paused @sabotage:push-paused @agent
  Scenario: While a push is paused, changes are held back
    Given ada and ben are people in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the push of crew is paused
    And the events so far don't matter
    When ben joins the group crew in Okta
    Then Okta sends nothing
    And the group crew on the server has exactly ada
    And no events follow

  @id:resumed @server
  Scenario: A push that is resumed brings the whole membership
    Given ada and ben are people in Okta
    And ada and ben are assigned to the app
    And the group crew in Okta with ada
    And the group crew is pushed
    And the push of crew is paused
    And ben joins the group crew in Okta
    And the events so far don't matter
    When the push of crew is resumed
    Then the server answers as Okta needs
    And the administrator sees no error
    And the group crew on the server has exactly ada and ben
    And these events follow
      | dsync.group.user_added ben in crew |

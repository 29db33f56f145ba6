@users
Feature: Create
  When somebody is assigned to the app, Okta first looks for a user with that userName. Nobody there: it creates one.
  One there: it takes that one over and writes its own profile into it, so nobody gets a second account. A server whose
  lookup finds the wrong user hands one person's account to another; one that hides inactive users gets creates that
  must fail.

  Sources: the lookup, the create and the take-over are documented (REF20) and captured (ROSTR, FIREZONE). That a
  catalogue app switches an inactive match on by PATCH, before it reads and writes the profile, is inferred.

  Background:
    Given a bystander on the server

  @id:new @server
  Scenario: Somebody the server does not know is created
    Given ada is a person in Okta
    When ada is assigned to the app
    Then Okta sends
      | both                                                         |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | POST /Users active=true                                      |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And these events follow
      | dsync.user.created ada (active) |
    And the bystander is untouched

  @id:two @server
  Scenario: Two people assigned together are two users
    Given ada and ben are people in Okta
    When ada and ben are assigned to the app
    Then the server answers as Okta needs
    And the administrator sees no error
    And the server has ada and ben as Okta sent them, active
    And these events follow
      | dsync.user.created ada (active) |
      | dsync.user.created ben (active) |

  @id:existing @server
  Scenario: Somebody whom the server has already is taken over, not created again
    Given the server already has ada
    And ada is also a person in Okta
    When ada is assigned to the app
    Then Okta sends
      | both                                                       |
      | GET /Users?filter=userName eq "ada"&startIndex=1&count=100 |
      | GET /Users/ada                                             |
      | PUT /Users/ada active=true                                 |
    And the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And the bystander is untouched

  @id:existing-inactive @server
  Scenario: Somebody inactive on the server is found, taken over and active again
    Given the server already has ada, inactive
    And ada is also a person in Okta
    When ada is assigned to the app
    Then the server answers as Okta needs
    And the administrator sees no error
    And the server has ada as Okta sent her, active
    And looking up ada's userName finds exactly her
    And the bystander is untouched

//! A test that checks a SCIM server with scimulate, as a project would have it among its own tests.
//!
//! Put the two functions into `tests/scim.rs` of your project and replace `start_my_server` by what starts yours. Here the
//! built-in reference takes its place:
//!
//! ```text
//! cargo test --example check_in_a_test
//! ```

fn main() {
    // The example is in the test below.
}

/// Starts the server under test.
#[cfg(test)]
fn start_my_server() -> scimulate::Server {
    scimulate::serve().token("secret").start().expect("the server starts")
}

#[cfg(test)]
#[tokio::test]
async fn okta_can_provision_users() -> Result<(), scimulate::Error> {
    let server = start_my_server();
    let report = scimulate::check(server.scim_url()).token("secret").tags("@oin").name("create").run().await?;
    assert!(report.is_success(), "{report}");
    Ok(())
}

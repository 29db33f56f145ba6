//! A proxy that makes a correct SCIM server break rules on purpose, to see how a check reports them:
//!
//! ```text
//! cargo run --example defective_proxy -- http://127.0.0.1:8000 pathless-patch-ignored counters-as-strings
//! scimulate check http://127.0.0.1:PORT/scim/v2 --token T
//! ```
//!
//! The proxy prints its base URL and runs until it is stopped. The defect names are those of `serve --defect`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/it/support/proxy.rs"]
mod proxy;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((origin, defects)) = arguments.split_first() else {
        println!("usage: defective_proxy http://HOST:PORT [DEFECT]...");
        return;
    };
    let names: Vec<&str> = defects.iter().map(String::as_str).collect();
    let address = proxy::start(origin.trim_end_matches('/'), &names).await;
    println!("http://{address}");
    std::future::pending::<()>().await;
}

use super::*;
use crate::base::{SystemClock, TestClock};
use crate::store::contract;

fn ephemeral() -> SqliteStore {
    SqliteStore::ephemeral(Arc::new(SystemClock), None).unwrap()
}

#[tokio::test]
async fn a_user_lives() {
    contract::life_of_a_user(&ephemeral()).await;
}

#[tokio::test]
async fn members_move() {
    contract::members_move(&ephemeral()).await;
}

#[tokio::test]
async fn searches() {
    contract::searches(&ephemeral()).await;
}

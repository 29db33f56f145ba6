//! Slow clients: they send nothing, send or read a few bytes at a time, or never read. None may keep a connection beyond
//! the server's time limits.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, interval_at, timeout, timeout_at};

use super::{Aim, SLOW};

/// The behavior of a slow client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behavior {
    /// Sends nothing.
    Silent,
    /// Sends this, then nothing.
    Stops,
    /// Sends this, then a byte every fifth of a second.
    Drips,
    /// Sends this, reads one byte, then reads no more.
    Deaf,
    /// Sends this and reads a kilobyte every fifth of a second.
    Sips,
}

/// For each client a name, its behavior, the first bytes (`@` is the path, `$` the credentials), and the seconds within
/// which the server must end the connection: its time limit of 1 s (30 s for an idle connection), one second for draining
/// a body, and a margin for a slow machine.
const CLIENTS: &[(&str, Behavior, &str, u64)] = &[
    ("never speaks", Behavior::Silent, "", 45),
    ("half a head", Behavior::Stops, "GET @/Users HTTP/1.1\r\nHost: x\r\n", 12),
    ("a head that drips", Behavior::Drips, "GET @/Users HTTP/1.1\r\nX: ", 12),
    (
        "a body that never comes",
        Behavior::Stops,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        45,
    ),
    (
        "a body that drips",
        Behavior::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
        45,
    ),
    (
        "chunks that drip",
        Behavior::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1",
        45,
    ),
    (
        "a stranger's body that drips",
        Behavior::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{",
        45,
    ),
    ("never reads", Behavior::Deaf, "GET @/Users?count=1000 HTTP/1.1\r\nHost: x\r\n$\r\n", 30),
    ("reads in sips", Behavior::Sips, "GET @/Users?count=1000 HTTP/1.1\r\nHost: x\r\n$\r\n", 30),
];

/// More than a small receive buffer contains.
const BUFFERED: u64 = 256 * 1024;

/// Runs clients of every kind until the time is up.
pub(super) async fn run(aim: &Aim) {
    let each = CLIENTS.iter().flat_map(|way| std::iter::repeat_n(way, SLOW));
    join_all(each.map(async |(name, way, first, most)| {
        let credentials = format!("Authorization: Bearer {}\r\n", aim.token);
        let first = first.replace('@', &aim.path).replace('$', &credentials);
        // The responses exceed the socket buffers of both sides.
        let first = if *way == Behavior::Deaf || *way == Behavior::Sips { first.repeat(8) } else { first };
        while !aim.is_over() {
            let running = run_client(aim, *way, &first, Duration::from_secs(*most));
            match timeout_at(aim.until.into(), running).await {
                Err(_) => aim.tally.ended(name, "still there at the end"),
                Ok(Ok(how)) => aim.tally.ended(name, how),
                Ok(Err(fault)) => aim.tally.fault(format!("{name}: {fault}")),
            }
        }
    }))
    .await;
}

async fn connect(aim: &Aim) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    socket.connect(aim.address).await
}

/// Waits, without reading, until the server has closed the connection. Anything that arrives later comes from the socket
/// buffer of the operating system.
async fn until_left(stream: &TcpStream, most: Duration) -> Result<(), String> {
    let ends = stream.peer_addr().and_then(|server| Ok((server, stream.local_addr()?)));
    let (server, client) = ends.map_err(|error| error.to_string())?;
    let last = Instant::now() + most;
    // Each look reads the list of all connections, so the first one waits for the server's time limit.
    let mut looks = interval_at(Instant::now() + Duration::from_secs(3), Duration::from_secs(1));
    while is_held(server, client) {
        if Instant::now() > last {
            return Err(format!("the connection is open after {most:?}, although the client reads nothing"));
        }
        looks.tick().await;
    }
    Ok(())
}

/// Returns true if the server's end of a connection is established, and on systems without /proc.
fn is_held(server: SocketAddr, client: SocketAddr) -> bool {
    const ESTABLISHED: &str = "01";
    // /proc lists an IPv4 address as the number that its bytes form in memory.
    let written = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port()),
        SocketAddr::V6(v6) => unreachable!("the server listens at 127.0.0.1, not at {v6}"),
    };
    let of_server = format!(" {} {} {ESTABLISHED} ", written(server), written(client));
    std::fs::read_to_string("/proc/net/tcp").map_or(true, |list| list.contains(&of_server))
}

/// Runs one client, and returns how the server ended its connection.
async fn run_client(aim: &Aim, way: Behavior, first: &str, most: Duration) -> Result<&'static str, String> {
    let mut stream = connect(aim).await.map_err(|error| format!("no connection: {error}"))?;
    stream.write_all(first.as_bytes()).await.map_err(|error| format!("nothing could be sent: {error}"))?;
    let last = Instant::now() + most;
    let (mut beat, mut buffer, mut read) = (interval(Duration::from_millis(200)), [0; 1_024], 0_usize);
    if way == Behavior::Deaf {
        // The response has begun: the next move is the client's.
        stream.read_u8().await.map_err(|error| format!("no response: {error}"))?;
        until_left(&stream, most).await?;
        // The client can still read what the socket buffers contain, and no more.
        let mut rest = Vec::new();
        let mut kept = (&mut stream).take(BUFFERED);
        return match timeout(Duration::from_secs(10), kept.read_to_end(&mut rest)).await {
            Ok(_) if (rest.len() as u64) < BUFFERED => Ok("reset by the server"),
            Ok(_) => Err(format!("more than {BUFFERED} bytes were kept for the client")),
            Err(_) => Err("the connection is still open".to_owned()),
        };
    }
    loop {
        let (mut reading, mut writing) = stream.split();
        let closed = async {
            if way == Behavior::Sips {
                beat.tick().await;
                return reading.read(&mut buffer).await;
            }
            if way == Behavior::Drips {
                loop {
                    tokio::select! {
                        read = reading.read(&mut buffer) => return read,
                        _ = beat.tick() => drop(writing.write(b"1").await),
                    }
                }
            }
            reading.read(&mut buffer).await
        };
        match timeout_at(last, closed).await {
            Err(_) => return Err(format!("the connection is open after {most:?}, {read} bytes were read")),
            Ok(Ok(0)) => return Ok(if read == 0 { "closed" } else { "responded and closed" }),
            Ok(Err(_)) => return Ok("reset"),
            Ok(Ok(more)) => read += more,
        }
    }
}

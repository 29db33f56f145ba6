//! Clients that take their time: that never speak, that speak or read a byte now and then, that never read. None may
//! hold a connection for longer than the server's bounds say.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, interval_at, timeout, timeout_at};

use super::{Aim, SLOW};

/// How a client dawdles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Sends nothing.
    Silent,
    /// Sends this, then nothing.
    Stops,
    /// Sends this, then a byte every fifth of a second.
    Drips,
    /// Sends this and reads one byte.
    Deaf,
    /// Sends this and reads a kilobyte every fifth of a second.
    Sips,
}

/// A name, the way, what is sent at first (`@` stands for the path, `$` for the credentials), and how long the server may
/// let it go on: its own bound of 1 s (30 s for a connection on which nothing is asked), the second in which it drains a
/// body, and time to be slow in.
const WAYS: &[(&str, Way, &str, u64)] = &[
    ("never speaks", Way::Silent, "", 45),
    ("half a head", Way::Stops, "GET @/Users HTTP/1.1\r\nHost: x\r\n", 12),
    ("a head that drips", Way::Drips, "GET @/Users HTTP/1.1\r\nX: ", 12),
    (
        "a body that never comes",
        Way::Stops,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        45,
    ),
    (
        "a body that drips",
        Way::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
        45,
    ),
    (
        "chunks that drip",
        Way::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\n$Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1",
        45,
    ),
    (
        "a stranger's body that drips",
        Way::Drips,
        "POST @/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{",
        45,
    ),
    ("never reads", Way::Deaf, "GET @/Users?count=1000 HTTP/1.1\r\nHost: x\r\n$\r\n", 30),
    ("reads in sips", Way::Sips, "GET @/Users?count=1000 HTTP/1.1\r\nHost: x\r\n$\r\n", 30),
];

/// More than what lies in a receive buffer that was asked to be small.
const BUFFERED: u64 = 256 * 1024;

/// Dawdles in every way until the time is up.
pub(super) async fn linger(aim: &Aim) {
    let each = WAYS.iter().flat_map(|way| std::iter::repeat_n(way, SLOW));
    join_all(each.map(async |(name, way, first, most)| {
        let credentials = format!("Authorization: Bearer {}\r\n", aim.token);
        let first = first.replace('@', &aim.path).replace('$', &credentials);
        // More than the buffers of both sides take.
        let first = if *way == Way::Deaf || *way == Way::Sips { first.repeat(8) } else { first };
        while !aim.is_over() {
            let dawdling = dawdle(aim, *way, &first, Duration::from_secs(*most));
            match timeout_at(aim.until.into(), dawdling).await {
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

/// Waits, without reading, until the server has nothing to do with the connection any more. What it still sends by then,
/// the system sends for it.
async fn until_left(stream: &TcpStream, most: Duration) -> Result<(), String> {
    let ends = stream.peer_addr().and_then(|server| Ok((server, stream.local_addr()?)));
    let (server, client) = ends.map_err(|error| error.to_string())?;
    let last = Instant::now() + most;
    // A look costs as much as there are connections, so the first one waits for the server's bound.
    let mut looks = interval_at(Instant::now() + Duration::from_secs(3), Duration::from_secs(1));
    while is_held(server, client) {
        if Instant::now() > last {
            return Err(format!("the connection is held after {most:?}, and nothing was read"));
        }
        looks.tick().await;
    }
    Ok(())
}

/// Whether the server's end of a connection is established, by the system's list. Where there is none, `true`.
fn is_held(server: SocketAddr, client: SocketAddr) -> bool {
    const ESTABLISHED: &str = "01";
    // An address of version 4 stands there as the number that its bytes in memory are.
    let written = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port()),
        SocketAddr::V6(v6) => unreachable!("the server listens at 127.0.0.1, not at {v6}"),
    };
    let of_server = format!(" {} {} {ESTABLISHED} ", written(server), written(client));
    std::fs::read_to_string("/proc/net/tcp").map_or(true, |list| list.contains(&of_server))
}

/// How the server ended it.
async fn dawdle(aim: &Aim, way: Way, first: &str, most: Duration) -> Result<&'static str, String> {
    let mut stream = connect(aim).await.map_err(|error| format!("no connection: {error}"))?;
    stream.write_all(first.as_bytes()).await.map_err(|error| format!("nothing could be sent: {error}"))?;
    let last = Instant::now() + most;
    let (mut beat, mut buffer, mut read) = (interval(Duration::from_millis(200)), [0; 1_024], 0_usize);
    if way == Way::Deaf {
        // The answer has begun: from now on it is the client's turn.
        stream.read_u8().await.map_err(|error| format!("no answer: {error}"))?;
        until_left(&stream, most).await?;
        // What lies in the buffers of both sides can still be read, and no more.
        let mut rest = Vec::new();
        let mut kept = (&mut stream).take(BUFFERED);
        return match timeout(Duration::from_secs(10), kept.read_to_end(&mut rest)).await {
            Ok(_) if (rest.len() as u64) < BUFFERED => Ok("cut"),
            Ok(_) => Err(format!("more than {BUFFERED} bytes were kept for it")),
            Err(_) => Err("the connection is still open".to_owned()),
        };
    }
    loop {
        let (mut reading, mut writing) = stream.split();
        let closed = async {
            if way == Way::Sips {
                beat.tick().await;
                return reading.read(&mut buffer).await;
            }
            if way == Way::Drips {
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
            Ok(Ok(0)) => return Ok(if read == 0 { "closed" } else { "answered and closed" }),
            Ok(Err(_)) => return Ok("reset"),
            Ok(Ok(more)) => read += more,
        }
    }
}

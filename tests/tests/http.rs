//! The HTTP example, asked by curl.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use uv_tests::{cargo_build, profile_dir};

/// Ends the server also when the test fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn curl_is_served() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    cargo_build(&["-p", "examples", "--example", "http"]);
    let mut command = Command::new(profile_dir().join("examples/http"));
    let mut server = Server(command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on ").expect("it says where").to_owned();

    let curl = |path: &str, args: &[&str]| {
        let url = format!("http://{address}{path}");
        let output =
            Command::new("curl").args(["--silent", "--noproxy", "*", "--max-time", "100"]).args(args).arg(url).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(curl("/", &[]), "visit 1\n");
    assert_eq!(curl("/", &[]), "visit 2\n");
    let large = "large ".repeat(200_000);
    let body = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(body.path(), &large).unwrap();
    assert!(curl("/echo", &["--data-binary", &format!("@{}", body.path().display())]) == large);
    assert_eq!(curl("/nowhere", &["--output", "/dev/null", "--write-out", "%{http_code}"]), "404");
    // Several requests over one connection, and several connections at once.
    assert_eq!(curl("/", &[&format!("http://{address}/")]), "visit 5\nvisit 6\n");
    let at_once: Vec<_> = (0..8)
        .map(|_| {
            Command::new("curl")
                .args(["--silent", "--noproxy", "*", &format!("http://{address}/")])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut visits: Vec<_> =
        at_once.into_iter().map(|child| String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()).collect();
    visits.sort();
    let mut expected: Vec<_> = (7..15).map(|visit| format!("visit {visit}\n")).collect();
    expected.sort();
    assert_eq!(visits, expected);
}

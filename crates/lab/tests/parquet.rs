//! Tables as Parquet hold what the CSV holds.
#![cfg(feature = "parquet")]

use analysis::tables::fields::tables;
use analysis::tables::parquet::write_parquet;
use measures::field::{Field, Kind};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field as Value;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

fn run(args: &[&str], out: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollout-lab"));
    let output = command.args(args).arg("--out").arg(out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn scenario(name: &str) -> String {
    format!("{}/../../scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

/// A value as its cell would be, if it is the same.
fn agrees(value: &Value, cell: &str, field: &Field) -> bool {
    match (value, field.kind) {
        (Value::Null, _) => cell.is_empty(),
        (Value::Long(number), Kind::Count) => cell == number.to_string(),
        (Value::Double(number), Kind::Number) => {
            cell.parse::<f64>().is_ok_and(|cell| cell.to_bits() == number.to_bits())
        }
        (Value::Str(word), Kind::Word) => cell == word,
        (Value::Bool(flag), Kind::Flag) => cell == flag.to_string(),
        _ => false,
    }
}

/// Compares a table with its CSV, cell by cell; how many rows it has.
fn rows_that_agree(folder: &Path, name: &str, fields: &[Field]) -> usize {
    let reader =
        SerializedFileReader::new(File::open(folder.join(format!("{name}.parquet"))).unwrap()).unwrap();
    let mut csv = csv::Reader::from_path(folder.join(format!("{name}.csv"))).unwrap();
    let mut cells = csv.records();
    let mut rows = 0;
    for row in reader.get_row_iter(None).unwrap() {
        let (row, cells) = (row.unwrap(), cells.next().unwrap().unwrap());
        let values: Vec<_> = row.get_column_iter().collect();
        assert_eq!((values.len(), cells.len()), (fields.len(), fields.len()));
        for ((field, (column, value)), cell) in fields.iter().zip(values).zip(&cells) {
            assert_eq!(column, field.name);
            assert!(agrees(value, cell, field), "row {rows} of {name}, {column}: {value} and {cell}");
        }
        rows += 1;
    }
    assert!(cells.next().is_none(), "{name} has more rows as CSV");
    rows
}

#[test]
fn all_tables_are_the_same_as_parquet() {
    let out = tempfile::tempdir().unwrap();
    for (name, rows) in [("proportional-scaling", [60, 120, 1801]), ("pre-stop-and-grace", [60, 0, 1801])] {
        run(&["run", &scenario(name), "--runs", "60", "--format", "parquet"], out.path());
        let folder = out.path().join(name);
        let mut seen = Vec::new();
        for (table, fields) in tables() {
            if folder.join(format!("{table}.csv")).exists() {
                seen.push(rows_that_agree(&folder, table, &fields));
            }
        }
        assert_eq!(seen[..3], rows, "{name}");
    }
}

#[test]
fn parquet_is_only_there_on_request_and_the_same_from_shards() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, whole) = (folder.path().join("plain"), folder.path().join("whole"));
    let (parts, merged) = (folder.path().join("parts"), folder.path().join("merged"));
    let path = scenario("image-pull-error-recovers");
    run(&["run", &path, "--runs", "30"], &plain);
    run(&["run", &path, "--runs", "30", "--format", "parquet", "--threads", "1"], &whole);
    for shard in ["1/2", "2/2"] {
        run(&["run", &path, "--runs", "30", "--shard", shard], &parts);
    }
    run(&["merge", parts.to_str().unwrap(), "--format", "parquet"], &merged);
    for (table, _) in tables() {
        let file = |folder: &Path, kind| folder.join(format!("image-pull-error-recovers/{table}.{kind}"));
        assert!(!file(&plain, "parquet").exists());
        for kind in ["csv", "parquet"] {
            assert!(
                fs::read(file(&whole, kind)).unwrap() == fs::read(file(&merged, kind)).unwrap(),
                "{table}"
            );
        }
    }
}

#[test]
fn very_many_rows_take_several_groups() {
    let fields = [
        Field { name: "run", kind: Kind::Count, unit: "", meaning: "" },
        Field { name: "word", kind: Kind::Word, unit: "", meaning: "" },
    ];
    let folder = tempfile::tempdir().unwrap();
    let row = |run| format!("{run},{}\n", if run % 3 == 0 { "" } else { "word" });
    let csv: String = ["run,word\n".to_owned()].into_iter().chain((0..40_000).map(row)).collect();
    fs::write(folder.path().join("many.csv"), &csv).unwrap();
    let file = File::create(folder.path().join("many.parquet")).unwrap();
    write_parquet(csv.as_bytes(), "many", &fields, file).unwrap();
    assert_eq!(rows_that_agree(folder.path(), "many", &fields), 40_000);
    let reader = SerializedFileReader::new(File::open(folder.path().join("many.parquet")).unwrap()).unwrap();
    assert_eq!(reader.num_row_groups(), 3);

    let broken = write_parquet("run,word\nsoon,x\n".as_bytes(), "broken", &fields, Vec::new());
    assert_eq!(broken.unwrap_err().to_string(), "`run` is `soon`, which it cannot be");
}

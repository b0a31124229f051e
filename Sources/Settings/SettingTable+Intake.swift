extension SettingTable {
    /// How forms are taken in, kept and read.
    static let intake: [SettingKey] = [
        .text(
            "intake.directory", \.intake.directory, .optionalPath,
            "Where the sealed files of forms are kept; hubs that share a database share it too. Empty is intake under "
                + "dataDirectory."),
        .integer(
            "intake.fileBytes", \.intake.fileBytes, 65_536...104_857_600, "bytes",
            "The file of one form; a larger one is answered 413."),
        .integer(
            "intake.concurrentReadings", \.intake.concurrentReadings, 0...64, "forms",
            "Forms that this hub reads at once, each on a processor; 0 leaves them to other hubs."),
        .integer(
            "intake.attempts", \.intake.attempts, 1...20, "attempts",
            "Attempts to read a form before a person has to type it in."),
        .integer(
            "intake.retrySeconds", \.intake.retrySeconds, 0...3_600, "seconds",
            "The rest after the first attempt that failed; doubled with each further one."),
        .integer(
            "intake.longestRetrySeconds", \.intake.longestRetrySeconds, 1...86_400, "seconds",
            "The longest rest; at least retrySeconds."),
        .integer(
            "intake.leaseSeconds", \.intake.leaseSeconds, 5...3_600, "seconds",
            "A form that is not read by then may be read by another hub; longer than ocr.seconds."),
        .integer(
            "intake.emergencyPercent", \.intake.emergencyPercent, 1...100, "hundredths",
            "The emergency score from which on a form raises an alert by itself."),
        .integer(
            "intake.criticalPercent", \.intake.criticalPercent, 1...101, "hundredths",
            "The emergency score from which on that alert is CRITICAL and not URGENT; 101 is never."),
        .integer(
            "intake.reviewPercent", \.intake.reviewPercent, 0...100, "hundredths",
            "A form, or a field that is needed, that was read with less confidence needs a second look."),
        .texts(
            "intake.emergencyTerms", \.intake.emergencyTerms, count: 0...500, .words(6...86),
            "Signs of an emergency in place of the hub's own: a weight from 0.01 to 1.00, a blank, and a phrase, such as "
                + "\"0.75 chest pain\"."),
        .text(
            "intake.s3.bucketURL", \.intake.s3.bucketURL, .optionalWebURL,
            "A bucket that speaks S3, for the sealed files instead of the directory: "
                + "https://bucket.s3.eu-central-1.amazonaws.com, or https://host/bucket. Empty keeps them in the directory."
        ),
        .text("intake.s3.region", \.intake.s3.region, .token(1...64), "The bucket's region."),
        .text(
            "intake.s3.accessKeyID", \.intake.s3.accessKeyID, .words(0...128),
            "The id of the access key; its secret is ALERT_HUB_S3_SECRET_KEY or a file."),
        .text(
            "intake.s3.secretAccessKeyFile", \.intake.s3.secretAccessKeyFile, .optionalPath,
            "The file of the access key's secret. Empty: ALERT_HUB_S3_SECRET_KEY."),
        .text(
            "intake.ocr.program", \.intake.ocr.program, .path,
            "The program that reads forms (Debian: tesseract-ocr). Where it is missing forms wait, and operators are told."
        ),
        .text(
            "intake.ocr.languages", \.intake.ocr.languages, .token(1...100),
            "Its languages, such as eng+spa; each needs its package."),
        .text(
            "intake.ocr.serviceURL", \.intake.ocr.serviceURL, .optionalWebURL,
            "An HTTP service that reads forms instead: it is posted the file, and answers the program's table of words "
                + "(TSV). Empty runs the program."),
        .integer("intake.ocr.seconds", \.intake.ocr.seconds, 1...600, "seconds", "The time to read one form."),
        .integer(
            "intake.ocr.megabytes", \.intake.ocr.megabytes, 128...65_536, "MiB",
            "The program's whole address space while it reads one form."),
        .integer("intake.ocr.pages", \.intake.ocr.pages, 1...1_000, "pages", "Pages of one form that is read."),
        .integer(
            "intake.ocr.megapixels", \.intake.ocr.megapixels, 1...1_000, "megapixels",
            "The largest page of a form that is read."),
    ]
}

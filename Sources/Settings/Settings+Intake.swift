extension Settings {
    /// How forms are taken in, kept and read.
    package struct Intake: Equatable, Sendable {
        /// Where their sealed files are kept; empty is `intake` under `dataDirectory`.
        package var directory = ""
        /// Of one form's file.
        package var fileBytes = 20_971_520
        /// Forms that this hub reads at once; 0 reads none, and leaves them to other hubs.
        package var concurrentReadings = 1
        /// Attempts before a form is given to a person to be typed in.
        package var attempts = 5
        /// The rest after the first attempt; doubled with each further one.
        package var retrySeconds = 2
        /// The longest rest.
        package var longestRetrySeconds = 300
        /// A form that was not read by then may be read by another hub.
        package var leaseSeconds = 90
        /// Hundredths of the emergency score from which on a form raises an alert.
        package var emergencyPercent = 70
        /// Hundredths from which on that alert is CRITICAL.
        package var criticalPercent = 90
        /// A form, or a needed field, that was read with less confidence needs a second look.
        package var reviewPercent = 80
        /// Signs of an emergency: a weight and a phrase, `0.75 chest pain`; empty takes the hub's own.
        package var emergencyTerms: [String] = []
        package var ocr = OCR()
        package var s3 = S3()

        /// A bucket for the files, instead of the directory.
        package struct S3: Equatable, Sendable {
            /// Its address; empty keeps the files in the directory.
            package var bucketURL = ""
            package var region = "us-east-1"
            package var accessKeyID = ""
            /// The file of the key's secret; empty looks at `ALERT_HUB_S3_SECRET_KEY` alone.
            package var secretAccessKeyFile = ""

            package init() {}
        }

        /// Who reads.
        package struct OCR: Equatable, Sendable {
            /// The program `tesseract`.
            package var program = "/usr/bin/tesseract"
            /// Its languages.
            package var languages = "eng"
            /// An HTTP service instead of the program; empty runs the program.
            package var serviceURL = ""
            /// For one form.
            package var seconds = 30
            /// The program's whole memory.
            package var megabytes = 1_024
            /// Pages of one form.
            package var pages = 10
            /// Of the largest page.
            package var megapixels = 60

            package init() {}
        }

        package init() {}
    }
}

package import Clinic
import Glibc
import Platform

/// Draws sample forms as a scanner would see them, by ImageMagick (Debian: imagemagick) with the DejaVu fonts.
package enum FormDrawing {
    private static let program = "/usr/bin/convert"

    /// The image of a form. Blocks for a second.
    package static func image(of form: SampleForm, as type: FormFileType = .jpeg) throws -> [UInt8] {
        let suffix = type == .png ? "png" : type == .tiff ? "tif" : "jpg"
        let file = "/tmp/alert-hub-test-form-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).\(suffix)"
        defer { unsafe unlink(file) }
        let fonts = ["DejaVu-Sans", "DejaVu-Serif", "DejaVu-Sans-Mono"]
        var arguments = [
            "-size", "1240x860", "xc:white", "-font", fonts[form.number % fonts.count], "-pointsize", "28", "-fill",
            "black",
            "-annotate", "+70+90", form.lines.joined(separator: "\n"),
        ]
        switch form.scan {
        case .typed: break
        case .skewed: arguments += ["-background", "white", "-rotate", form.number % 2 == 0 ? "1.3" : "-1.1"]
        case .noisy: arguments += ["-attenuate", "0.5", "+noise", "Gaussian", "-blur", "0x0.6"]
        // Nobody could read it.
        case .poor:
            arguments += [
                "-resize", "22%", "-blur", "0x1.2", "-resize", "300%", "-attenuate", "0.4", "+noise", "Gaussian",
            ]
        }
        arguments += [
            "-colorspace", "Gray", "-alpha", "remove", "-depth", "8", "-seed", "\(form.number)", "-quality", "82", file,
        ]
        let result = try HubProgram.run(program, arguments)
        guard result.exitCode == 0 else { throw ClientFailure.malformed("convert: \(result.errors)") }
        let number = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("open") }
        let descriptor = FileDescriptor(owning: number)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(descriptor.number, &piece, piece.count)
            guard count > 0 else { return bytes }
            bytes += piece.prefix(count)
        }
    }

    /// The body of an upload and its Content-Type.
    package static func upload(
        _ file: [UInt8], type: FormFileType = .jpeg, filename: String = "scan.jpg", patient: String? = nil
    ) -> (body: [UInt8], contentType: String) {
        let boundary = "sample-form-boundary"
        var body = Array(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(filename)\"\r\nContent-Type: \(type.rawValue)\r\n\r\n"
                .utf8)
        body += file
        if let patient {
            body += Array(
                "\r\n--\(boundary)\r\nContent-Disposition: form-data; name=\"patientId\"\r\n\r\n\(patient)".utf8)
        }
        body += Array("\r\n--\(boundary)--\r\n".utf8)
        return (body, "multipart/form-data; boundary=\(boundary)")
    }
}

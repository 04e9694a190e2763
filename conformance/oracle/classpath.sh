#!/bin/sh
# Prints the class path of the oracle: Debian's velocity, libjsonpath-java,
# libcommons-lang-java and libjackson2-databind-java.
dir=/usr/share/java
path=
for jar in velocity commons-collections3 commons-lang json-path json-smart accessors-smart asm slf4j-api slf4j-nop jackson-core jackson-databind jackson-annotations; do
	[ -f "$dir/$jar.jar" ] || { echo "the differential test needs $dir/$jar.jar (packages velocity, libjsonpath-java, libcommons-lang-java, libjackson2-databind-java)" >&2; exit 1; }
	path=$path:$dir/$jar.jar
done
echo "${path#:}"
